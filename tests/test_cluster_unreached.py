"""A cluster that is not there, and one that nothing is installed for."""

import sys

import pytest

from runner.cluster import connection
from runner.errors import EngineError, UsageError
from runner.lending import Lender
from runner.options import Options


def cluster(address: str) -> Lender:
    return connection(Options(cluster=address))


def test_what_is_missing_for_a_cluster_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(UsageError) as caught:
        cluster("tcp://127.0.0.1:1")

    needed = "pip install 'codomyrmex-exec-action[cluster]'"
    assert caught.value.problems == (
        f"exec-action: --cluster needs the package 'distributed': {needed}",
    )


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "tcp://"])
def test_a_scheduler_that_does_not_answer_is_named(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runner.cluster import client  # noqa: PLC0415 a second to import, for this test alone

    monkeypatch.setattr(client, "_PATIENCE", 1)

    with pytest.raises(EngineError) as caught:
        cluster(address).open(run="0", tell=lambda _: None)

    message = str(caught.value)
    assert message.startswith(f"cannot reach a Dask scheduler at {address}: ")
    assert message.endswith("; start one there with `dask scheduler`")
