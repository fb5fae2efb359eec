"""What `doctor` says without an engine: the guard of these tests points DOCKER_HOST at none."""

import pytest

from runner.cli import main


@pytest.mark.parametrize(
    "host",
    ["tcp://127.0.0.1:9", "unix:///nowhere/docker.sock", "nonsense", "tcp://nowhere.invalid:2375"],
)
def test_an_engine_out_of_reach_is_a_fault_with_a_way_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)

    code = main(["doctor"])

    said = capsys.readouterr()
    assert code == 3
    assert f"{host} (DOCKER_HOST)" in said.out
    assert "-> start the engine there, or unset DOCKER_HOST" in said.out
    assert "Traceback" not in said.out + said.err


def test_a_context_that_is_not_there_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setenv("DOCKER_CONTEXT", "no-such-context")

    code = main(["doctor"])

    assert code == 3
    assert "there is no Docker context 'no-such-context'" in capsys.readouterr().out
