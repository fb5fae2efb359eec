"""From the sessions of a run to this machine's part of them; pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heapreplace

from runner.durations import Durations
from runner.identity import Json, content, digest
from runner.model import Session, Shard


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be run here, in the order of the manifests."""

    sessions: tuple[Session, ...] = ()
    digest: str = ""
    """SHA-256 over the whole plan, whichever part of it this is."""
    shard: Shard | None = None


def arrange(
    sessions: Iterable[Session],
    *,
    shard: Shard | None = None,
    durations: Durations | None = None,
) -> Plan:
    """This shard's part of `sessions`, each with its place in the whole and its expected seconds.

    The parts are of equal time as far as `durations` are known, else of as many cases; they are
    the same whatever the order of the files, and each session is in exactly one.
    """
    placed = (durations or Durations()).over(_placed(sessions))
    names = [digest(content(session)) for session in placed]
    whole = digest(list[Json](sorted(names)))
    if shard is None:
        return Plan(sessions=tuple(placed), digest=whole)
    weights = [float(one.case_count) if durations is None else one.seconds or 0.0 for one in placed]
    return Plan(
        sessions=tuple(placed[index] for index in _part(names, weights, shard)),
        digest=whole,
        shard=shard,
    )


def _placed(sessions: Iterable[Session]) -> Iterator[Session]:
    position = 0
    for session in sessions:
        yield replace(session, position=position)
        position += session.case_count


def _part(names: Sequence[str], weights: Sequence[float], shard: Shard) -> list[int]:
    """The heaviest session first goes where there is least to do, and fewest sessions.

    Of equal ones the first by `names`, which do not depend on the order of the files.
    """
    heaviest_first = sorted(range(len(names)), key=lambda one: (-weights[one], names[one]))
    loads = [(0.0, 0, index) for index in range(1, min(shard.count, len(names)) + 1)]
    taken: list[int] = []
    for one in heaviest_first:
        load, count, index = loads[0]
        heapreplace(loads, (load + weights[one], count + 1, index))
        if index == shard.index:
            taken.append(one)
    return sorted(taken)
