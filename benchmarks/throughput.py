"""The same Python snippets by this project and by one `docker run` each, outputs checked.

    python benchmarks/throughput.py [--snippets 500] [--rounds 3]

Both get the same image, the same limits and security flags, and the same number at a time. The
rounds alternate; the table shows medians. A round's time is the user's whole command.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runner.options import default_jobs

IMAGE = "python:3.9-slim"
FLAGS = (
    "--network=none",
    "--ipc=private",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--user=12345:12345",
    "--memory=596m",
    "--memory-swap=596m",
    "--pids-limit=128",
    "--log-driver=none",
    "--tmpfs=/work:exec,size=32m",
    "--tmpfs=/tmp:exec,size=16m",
    "--workdir=/work",
)


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--snippets", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=default_jobs())
    args = parser.parse_args()
    programs = [f"print('hello', {number})" for number in range(args.snippets)]
    with tempfile.TemporaryDirectory() as folder:
        manifest = write_manifest(Path(folder), programs)
        contenders: dict[str, Callable[[], None]] = {
            "python -m runner": lambda: run_ours(manifest, args.jobs),
            "docker run each": lambda: run_containers(programs, args.jobs),
        }
        times: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(args.rounds):
            for name, contender in contenders.items():
                times[name].append(timed(contender))
    tell(times, snippets=args.snippets, jobs=args.jobs)


def timed(contender: Callable[[], None]) -> float:
    """Seconds that it takes."""
    began = time.monotonic()
    contender()
    return time.monotonic() - began


def write_manifest(folder: Path, programs: list[str]) -> Path:
    """A manifest of the programs with what each must print."""
    snippets = [
        {"language": "python", "code": code, "expected_output": f"hello {number}"}
        for number, code in enumerate(programs)
    ]
    path = folder / "manifest.yml"
    path.write_text(json.dumps(snippets, indent=1))
    return path


def run_ours(manifest: Path, jobs: int) -> None:
    """The whole command; every output is checked by it, and its exit code says so."""
    subprocess.run(
        [sys.executable, "-m", "runner", manifest, f"--jobs={jobs}"],
        check=True,
        capture_output=True,
    )


def run_containers(programs: list[str], jobs: int) -> None:
    """One `docker run` for each program, `jobs` at a time; every output is checked here."""

    def run(number: int) -> None:
        command = ["docker", "run", "--rm", *FLAGS, IMAGE, "python", "-c", programs[number]]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        if printed != f"hello {number}\n":
            sys.exit(f"docker run printed {printed!r} for snippet {number}")

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run, range(len(programs))))


def tell(times: dict[str, list[float]], *, snippets: int, jobs: int) -> None:
    """A Markdown table: medians, spread, ratio."""
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(
        f"{snippets} Python snippets, {jobs} at a time, {len(next(iter(times.values())))} rounds\n"
    )
    print("| how | median s | min s | max s | ms a snippet | times ours |")
    print("|---|---|---|---|---|---|")
    for name, values in times.items():
        print(
            f"| {name} | {medians[name]:.2f} | {min(values):.2f} | {max(values):.2f}"
            f" | {medians[name] / snippets * 1000:.1f}"
            f" | {medians[name] / medians['python -m runner']:.1f} |"
        )


if __name__ == "__main__":
    main()
