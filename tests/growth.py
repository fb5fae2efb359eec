"""How work grows with its input: a ratio within one process, so that no machine is too slow."""

import time
from collections.abc import Callable


def grows_slower_than_its_square(work: Callable[[int], object], size: int) -> bool:
    """Whether 8 times the size takes less than 40 times the CPU time; a square takes 64."""
    return _seconds(work, 8 * size) < 40 * _seconds(work, size)


def _seconds(work: Callable[[int], object], size: int) -> float:
    times = []
    for _ in range(3):
        start = time.process_time()
        work(size)
        times.append(time.process_time() - start)
    return min(times)
