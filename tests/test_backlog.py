"""Which session comes next."""

import threading
from concurrent.futures import Future
from dataclasses import replace
from typing import cast

from snippets import alone, bash, python

from runner.backlog import Backlog, Job
from runner.model import Limits, Session
from runner.sandbox.images import Image, Images
from runner.sandbox.pool import Pool
from runner.sandbox.settings import Settings, settings_for


class Here:
    """Images, of which each is there when the test says so."""

    def __init__(self) -> None:
        self.futures: dict[str, Future[Image]] = {}

    def future(self, reference: str) -> Future[Image]:
        return self.futures.setdefault(reference, Future())

    def arrives(self, reference: str) -> None:
        self.future(reference).set_result(cast("Image", None))


class Warm:
    """A pool with idle sandboxes of some settings."""

    def __init__(self, *settings: Settings) -> None:
        self.settings = set(settings)

    def warm(self) -> set[Settings]:
        return self.settings


BASH, PYTHON = alone(bash("1")), alone(python("1"))
SMALL = alone(bash("1", limits=Limits(pids=5)))
COLD = cast("Pool", Warm())


def backlog(*sessions: Session, here: Here | None = None) -> Backlog:
    if here is None:
        here = Here()
        for session in sessions:
            if not here.future(image(session)).done():
                here.arrives(image(session))
    waiting = Backlog(cast("Images", here))
    for number, session in enumerate(sessions):
        waiting.add(key(session), Job(session, number))
    return waiting


def key(session: Session) -> Settings:
    return settings_for(session.snippets[0])


def image(session: Session) -> str:
    return session.snippets[0].language.image_reference


def order(waiting: Backlog, count: int, pool: Pool = COLD) -> list[int]:
    taken = [waiting.take(pool) for _ in range(count)]
    return [job[1].first if job is not None else -1 for job in taken]


def test_sessions_of_one_kind_come_in_their_order() -> None:
    assert order(backlog(BASH, BASH, BASH), 4) == [0, 1, 2, -1]


def test_what_has_a_warm_sandbox_comes_first() -> None:
    pool = cast("Pool", Warm(key(PYTHON)))

    assert order(backlog(BASH, BASH, PYTHON), 1, pool) == [2]


def test_without_one_another_kind_comes_next() -> None:
    assert sorted(order(backlog(BASH, BASH, PYTHON), 2)) == [0, 2]


def test_where_most_is_waiting_comes_first() -> None:
    assert order(backlog(PYTHON, BASH, BASH), 1) == [1]


def test_what_takes_longest_comes_first() -> None:
    pool = cast("Pool", Warm(key(BASH)))
    long = replace(PYTHON, seconds=3.0)

    assert order(backlog(BASH, BASH, long), 1, pool) == [2]


def test_what_is_not_longer_than_a_container_s_start_waits_for_the_warm_one() -> None:
    pool = cast("Pool", Warm(key(BASH)))

    assert order(backlog(BASH, replace(PYTHON, seconds=0.3)), 1, pool) == [0]


def test_a_kind_whose_work_is_done_counts_as_free_again() -> None:
    waiting = backlog(BASH, BASH, BASH, SMALL, SMALL)
    order(waiting, 2)

    waiting.done(key(BASH))

    assert order(waiting, 1) == [1]


def test_a_session_whose_image_is_not_there_yet_is_waited_for() -> None:
    here = Here()
    here.arrives(image(PYTHON))
    waiting = backlog(BASH, PYTHON, here=here)
    assert order(waiting, 1) == [1]

    later = threading.Timer(0.05, here.arrives, [image(BASH)])
    later.start()

    assert order(waiting, 2) == [0, -1]


def test_an_image_that_cannot_be_had_does_not_hold_up_its_sessions() -> None:
    here = Here()
    waiting = backlog(BASH, here=here)

    here.future(image(BASH)).set_exception(RuntimeError("no such image"))

    assert order(waiting, 1) == [0]


def test_after_a_stop_there_is_nothing_and_what_waited_is_told() -> None:
    waiting = backlog(BASH, PYTHON, BASH)
    order(waiting, 1)

    left = waiting.stop()

    assert len(left) == 2
    assert order(waiting, 1) == [-1]


def test_a_stop_wakes_who_waits() -> None:
    waiting = backlog(BASH, here=Here())

    later = threading.Timer(0.05, waiting.stop)
    later.start()

    assert order(waiting, 1) == [-1]
