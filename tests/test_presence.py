"""An engine that was missed is waited for once, by all who need it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from runner.errors import SandboxError
from runner.sandbox import presence
from runner.sandbox.presence import Presence


class Engine:
    """Answers after it has been asked so often in vain."""

    def __init__(self, silent: int) -> None:
        self.silent = silent
        self.asked = 0

    def answers(self) -> bool:
        self.asked += 1
        return self.asked > self.silent


def test_an_engine_that_nobody_missed_is_not_asked() -> None:
    engine = Engine(silent=0)

    Presence(engine.answers).require()

    assert engine.asked == 0


def test_an_engine_that_comes_back_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "_PATIENCE", 600.0)
    engine = Engine(silent=3)
    known = Presence(engine.answers)
    known.miss()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: known.require(), range(4)))

    assert (engine.asked, known.missed) == (4, False)


def test_who_waited_in_vain_spares_the_others_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "_PATIENCE", 0.0)
    monkeypatch.setattr(presence, "_HOPELESS", 600.0)
    engine = Engine(silent=100)
    known = Presence(engine.answers)
    known.miss()

    with pytest.raises(SandboxError, match="the engine does not answer any more"):
        known.require()
    asked = engine.asked
    with pytest.raises(SandboxError, match="the engine does not answer any more"):
        known.require()

    assert engine.asked == asked
