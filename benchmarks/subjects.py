"""Who runs them: this project, no isolation, `docker run`, and what there is on PyPI.

All have the same images, limits and number at a time, and no network; none has a limit on CPUs.
Whatever a program prints is compared with what it must print; RuntimeError where it differs.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Final, Self

from benchmarks.environments import PEERS, UnavailableError
from benchmarks.measuring import Sample, command, timed
from benchmarks.programs import KINDS, Program, write_manifest
from runner.languages import CLASSIC

_MEMORY: Final = 852
"""MiB, as a sandbox of ours has for a language that compiles."""
_END: Final = "== end =="


def flags(*, sandboxes: int = 1, interactive: bool = False) -> list[str]:
    """What `docker run` must be told to be as strict as a sandbox of ours."""
    memory = f"{_MEMORY * sandboxes}m"
    return [
        "--rm",
        "--network=none",
        "--ipc=private",
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--user=12345:12345",
        f"--memory={memory}",
        f"--memory-swap={memory}",
        f"--pids-limit={129 * sandboxes}",
        "--ulimit=core=1:1",
        "--ulimit=nofile=1024:1024",
        "--log-driver=none",
        "--env=HOME=/work",
        # Without a --workdir: with one the engine gives the tmpfs that folder's mode.
        "--tmpfs=/work:exec,nosuid,nodev,mode=1777,size=512m",
        "--tmpfs=/tmp:exec,nosuid,nodev,mode=1777,size=64m",
        *(["--interactive"] if interactive else []),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """`python -m runner`, the whole command; its exit code says that all outputs were right."""

    folder: Path
    jobs: int

    def run(self, programs: Sequence[Program], *more: str) -> Sample:
        """A run of the programs, with more options."""
        path = self.folder / f"{programs[0].language}-{len(programs)}.yml"
        if not path.exists():
            write_manifest(path, programs)
        return self.command(str(path), f"--jobs={self.jobs}", *more)

    def command(self, *words: str) -> Sample:
        """Any command of ours."""
        return command([sys.executable, "-m", "runner", *words])


@dataclass(slots=True, kw_only=True)
class Bare:
    """No isolation: `xargs -P` in one container that has been started before."""

    image: str
    jobs: int
    _shell: subprocess.Popen[str] = field(init=False)

    def __enter__(self) -> Self:
        words = flags(sandboxes=self.jobs, interactive=True)
        self._shell = subprocess.Popen(
            ["docker", "run", *words, self.image, "sh"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._ask("cd /work")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._shell.stdin is not None  # noqa: S101 it was asked for
        self._shell.stdin.close()
        self._shell.wait()

    def run(self, programs: Sequence[Program]) -> Sample:
        """The programs, `jobs` at a time; that they get there is not counted."""
        self._ask(_stored(programs))
        printed: list[str] = []
        one = KINDS[programs[0].language].command
        line = f"xargs -P {self.jobs} -n 1 {_each(one)} < list"
        sample = timed(lambda: printed.extend(self._ask(line)))
        _compare(sorted(printed), sorted(program.expected for program in programs))
        return sample

    def _ask(self, line: str) -> list[str]:
        """What the shell prints for it."""
        shell = self._shell
        assert shell.stdin is not None  # noqa: S101 it was asked for
        assert shell.stdout is not None  # noqa: S101 as above
        shell.stdin.write(f"{line}\necho '{_END}'\n")
        shell.stdin.flush()
        printed = list(iter(shell.stdout.readline, f"{_END}\n"))
        if shell.poll() is not None:
            raise RuntimeError(f"{self.image}: the shell has ended: {printed[-5:]}")
        return printed


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerRun:
    """One `docker run --rm` for each program."""

    jobs: int

    def run(self, programs: Sequence[Program]) -> Sample:
        """The programs, `jobs` at a time."""

        def run() -> None:
            with ThreadPoolExecutor(self.jobs) as pool:
                printed = list(pool.map(self._one, programs))
            _compare(printed, [program.expected for program in programs])

        return timed(run)

    def _one(self, program: Program) -> str:
        """An interpreter is given the program in its arguments, a compiler on its input."""
        words = ["docker", "run", *flags(interactive=program.language != "python")]
        words.append(CLASSIC[program.language].image_reference)
        if program.language == "python":
            words += ["python", "-c", program.code]
        else:
            line = f"cd /work && cat >{program.file} && {KINDS[program.language].command}"
            words += ["sh", "-c", line]
        ended = subprocess.run(
            words, input=program.code, capture_output=True, text=True, check=False
        )
        return ended.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A program of peers/, which takes Python programs on its input and returns their outputs."""

    name: str
    python: Path
    jobs: int

    def run(self, programs: Sequence[Program]) -> Sample:
        """The programs, `jobs` at a time; UnavailableError where the peer fails at it."""
        image = CLASSIC["python"].image_reference
        argv = [str(self.python), str(PEERS / f"{self.name}.py"), image, str(self.jobs)]
        codes = json.dumps([program.code for program in programs])

        def run() -> None:
            ended = subprocess.run(argv, input=codes, capture_output=True, text=True, check=False)
            if ended.returncode != 0:
                raise UnavailableError((ended.stderr.strip().splitlines() or ["no word"])[-1])
            _compare(json.loads(ended.stdout), [program.expected for program in programs])

        return timed(run)


def _each(line: str) -> str:
    """What xargs is to start for each line of the list: an interpreter itself, or a shell."""
    first, _, rest = line.partition(" ")
    if "&&" not in line:
        assert " " not in rest  # noqa: S101 an interpreter and its file
        return first
    return f"sh -c 'cd \"$1\" && {line}' sh"


def _stored(programs: Sequence[Program]) -> str:
    """Shell lines that store the programs, a folder for each, and the list that xargs reads.

    In the shell's own words alone: not every image has base64.
    """
    compiled = "&&" in KINDS[programs[0].language].command
    folders = [f"programs/{number}" for number in range(len(programs))]
    files = {
        f"{folder}/{program.file}": program.code
        for folder, program in zip(folders, programs, strict=True)
    }
    files["list"] = "".join(f"{name}\n" for name in (folders if compiled else list(files)))
    made = [f"rm -rf programs list; mkdir -p {' '.join(folders)}"]
    return "\n".join(made + [f"printf %s {quote(text)} >{name}" for name, text in files.items()])


def _compare(printed: Sequence[str], expected: Sequence[str]) -> None:
    if list(printed) != list(expected):
        wrong = [pair for pair in zip(printed, expected, strict=False) if pair[0] != pair[1]]
        raise RuntimeError(f"{len(printed)} of {len(expected)} outputs, wrong: {wrong[:3]}")
