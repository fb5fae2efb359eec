"""What `doctor` says where everything is there, and where something is not."""

import pytest

from runner.cli import main
from runner.doctor import Finding, Mark, _image
from runner.sandbox.engine import Engine


@pytest.mark.parametrize("image_set", ["classic", "current"])
def test_a_machine_that_can_run_is_told_so(
    capsys: pytest.CaptureFixture[str], image_set: str
) -> None:
    code = main(["doctor", "--images", image_set])

    said = capsys.readouterr().out
    assert code == 0
    assert "Docker Engine" in said
    assert "said hello after" in said
    assert "\n x " not in said
    assert "Ready." in said


def test_a_tag_past_its_support_is_worth_a_look(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor"])

    (line,) = (line for line in capsys.readouterr().out.splitlines() if "node:14" in line)
    assert line.endswith("; past its support since 2023-04-30")


def test_an_image_that_is_not_here_is_no_fault() -> None:
    finding = _image(Engine(), "exec-action-nothing:1", "it")

    assert finding == Finding(
        Mark.NOTE,
        "it is not here yet",
        "it is pulled when first needed; now: docker pull exec-action-nothing:1",
    )
