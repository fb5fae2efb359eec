"""Many runs, one after another and side by side: no case differs, nothing grows, nothing is left.

    soak.py [REPEATS] [SHARE]    20 repeats of the whole; SHARE 0.1 takes a tenth of the cases

A line of figures for each run; exit code 1 where anything was not as it must be.
"""

import gc
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import docker

sys.path.insert(0, str(Path(__file__).parents[1]))

from snippets import alone, case, prints, snippet

from runner.execute import execute
from runner.model import Report, Result, Session
from runner.options import Options, Pull
from runner.sandbox.settings import LABEL

PROGRAMS: Final = {
    "python": "print({})",
    "javascript": "console.log({})",
    "bash": "echo {}",
    "c": '#include <stdio.h>\nint main(void) {{ printf("{}\\n"); }}',
    "cpp": '#include <cstdio>\nint main() {{ std::puts("{}"); }}',
    "go": 'package main\nimport "fmt"\nfunc main() {{ fmt.Println({}) }}',
    "rust": 'fn main() {{ println!("{{}}", {}); }}',
    "java": "class Main {{ public static void main(String[] a) {{ System.out.println({}); }} }}",
}
JOBS: Final = (1, 2, 4, 8, 16)
CASES: Final = 10_000
MIXED: Final = 500
GROWTH: Final = 1.25
"""Of the memory, from the end of the first round to the end of the last."""


class Silence:
    """A watcher that tells nobody."""

    def pulling(self, image: str) -> None: ...
    def building(self, dockerfile: str) -> None: ...
    def not_built(self, dockerfile: str, log: Sequence[str]) -> None: ...
    def started(self, name: str) -> None: ...
    def finished(self, result: Result) -> None: ...


def cases(share: float) -> list[Session]:
    """Ten thousand cases of a hundred snippets."""
    numbers = range(int(CASES * share) // 100)
    some = [case(f"{n}", args=(f"{n}",), expect=prints(f"{n}")) for n in numbers]
    return [alone(snippet("bash", 'echo "$1"', name=f"s{n}", cases=some)) for n in range(100)]


def mixed(share: float) -> list[Session]:
    """Five hundred snippets of the eight languages, in turns."""
    names = list(PROGRAMS)
    turns = [(n, names[n % len(names)]) for n in range(int(MIXED * share))]
    return [
        alone(snippet(name, PROGRAMS[name].format(n), name=f"{name} {n}", expect=prints(f"{n}")))
        for n, name in turns
    ]


def run(what: str, sessions: Sequence[Session], jobs: int) -> bool:
    """Run them, tell the figures; whether all is as it must be."""
    options = Options(jobs=jobs, pull=Pull.NEVER)
    report = execute(sessions, options=options, watcher=Silence())
    gc.collect()
    counts = Counter(str(result.verdict) for result in report.results)
    left = left_of(report)
    print(
        f"{what:>6} jobs={jobs:<2} {report.duration:7.1f} s  {dict(counts)}  left={left}"
        f"  descriptors={descriptors()}  memory={memory() / 1e6:.0f} MB",
        flush=True,
    )
    wrong = [result for result in report.results if not result.verdict.fine]
    for result in wrong[:10]:
        print(f"       {result.name}: {result.verdict}: {result.reason}", flush=True)
    return not wrong and not left


def left_of(report: Report) -> int:
    """How many containers of that run are still there after a while."""
    label = f"{LABEL}={report.results[0].run_id.partition('-')[0]}"
    client = docker.from_env()
    deadline = time.monotonic() + 10
    while left := client.api.containers(all=True, filters={"label": label}):
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    client.close()
    return len(left)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def memory() -> int:
    """Bytes that are resident now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def rounds(repeats: int, share: float) -> bool:
    """Every number of jobs, again and again; whether nothing failed and nothing grew."""
    fine, first = True, (0, 0)
    for turn in range(repeats):
        for jobs in JOBS:
            fine &= run("mixed", mixed(share), jobs)
        fine &= run("cases", cases(share), 4)
        first = first if turn else (memory(), descriptors())
    flat = memory() <= first[0] * GROWTH and descriptors() <= first[1]
    print(
        f"memory {first[0] / 1e6:.0f} -> {memory() / 1e6:.0f} MB, descriptors {first[1]} ->"
        f" {descriptors()}: {'flat' if flat else 'GROWN'}",
        flush=True,
    )
    return fine and flat


def two_at_once(repeats: int, share: float) -> bool:
    """Two runners on one engine."""
    words = [sys.executable, __file__, "1", str(share), "alone"]
    pairs = ([subprocess.Popen(words) for _ in range(2)] for _ in range(repeats))
    codes = [one.wait() for pair in pairs for one in pair]
    return not any(codes)


def main(words: Sequence[str]) -> int:
    repeats, share, mode = [*words, *("20", "1", "")[len(words) :]]
    fine = rounds(int(repeats), float(share))
    if mode != "alone":
        fine &= two_at_once(max(1, int(repeats) // 10), float(share))
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
