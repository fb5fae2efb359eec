"""Programs written to break out, to hurt a neighbour or to hang us: each with its verdict, in time.

Each file of `hostile/` says in its first lines which `verdict` it must get (one of several where
the machine decides which limit is met first; another on `podman`), what it `prints`, and under
which `limits` it runs. In a warm sandbox each is followed by a program that looks for what it may
have left.
"""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from docker import DockerClient
from lateness import LATE
from snippets import Runs, case, prints, snippet

from runner.languages import CLASSIC, Language
from runner.model import Expectation, Isolation, Limits, Phase, Result, Snippet

ATTACKS: Final = Path(__file__).parent / "hostile"
LANGUAGES: Final = {
    ".py": "python",
    ".js": "javascript",
    ".java": "java",
    ".c": "c",
    ".cpp": "cpp",
    ".go": "go",
    ".rs": "rust",
    ".sh": "bash",
}
HEADER: Final = re.compile(r"(?:#|//) (\w+): ?(.*)")
UNITS: Final = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
LOOKS: Final = (ATTACKS / "probe" / "looks.sh").read_bytes()
LOOKS_IN_GO: Final = (ATTACKS / "probe" / "looks.go").read_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A hostile program and what it must come to."""

    snippet: Snippet
    verdicts: frozenset[str]
    prints: str | None
    on_podman: frozenset[str]
    """Its verdicts where files are not counted (docs/engines.md); empty where they are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of an attack, and what was found after it; None where nothing was looked for."""

    result: Result
    found: Result | None


def attack(path: Path) -> Attack:
    code = path.read_bytes()
    lines = map(HEADER.match, code.decode().splitlines())
    said: dict[str, str] = {line[1]: line[2] for line in lines if line}
    limits = limits_of(said.get("limits", ""))
    started = case(
        stdin=b"x" * int(said.get("stdin", 0)),
        args=("x",) * (int(said.get("arguments", 0)) // 2),
        timeout=limits.timeout,
    )
    row = CLASSIC[LANGUAGES[path.suffix]]
    return Attack(
        snippet=snippet(row, code, name=path.name, limits=limits, cases=(started,)),
        verdicts=frozenset(said["verdict"].split()),
        prints=said.get("prints"),
        on_podman=frozenset(said.get("podman", "").split()),
    )


def limits_of(words: str) -> Limits:
    stated = dict(word.split("=") for word in words.split())
    numbers = {name: number(text) for name, text in stated.items()}
    fractions = ("timeout", "compile_timeout", "cpus")
    whole = {name: int(value) for name, value in numbers.items() if name not in fractions}
    return Limits(
        timeout=numbers.get("timeout", 30.0),
        compile_timeout=numbers.get("compile_timeout", 60.0),
        cpus=numbers.get("cpus"),
        **whole,
    )


def number(text: str) -> float:
    return float(text.rstrip("kmg")) * UNITS.get(text[-1], 1)


def looks_after(one: Snippet) -> Snippet:
    """A program that finds what is left in the same sandbox: its settings are the same."""
    row = one.language
    code = LOOKS_IN_GO if row.name == "go" else LOOKS
    return replace(
        one,
        name=f"after {one.name}",
        language=row if row.name == "go" else in_shell(row),
        code=code,
        cases=(case(expect=Expectation(stdout=prints("clean").stdout)),),
        limits=replace(one.limits, timeout=60.0, compile_timeout=60.0, output=1 << 20),
    )


def in_shell(row: Language) -> Language:
    compiled = ("cp", "looks.sh", "{build}/main") if row.compile else ()
    source = "{build}/main" if row.compile else "looks.sh"
    return replace(row, source="looks.sh", compile=compiled, run=("sh", source), driver=None)


ALL: Final = {path.name: attack(path) for path in sorted(ATTACKS.iterdir()) if path.is_file()}


def in_a_row(run: Runs, attacks: Sequence[Attack], isolation: Isolation) -> list[Ended]:
    """Each attack, and in a warm sandbox what looks for its traces, one at a time."""
    snippets = [replace(one.snippet, isolation=isolation) for one in attacks]
    if isolation is Isolation.FRESH:
        return [Ended(result=result, found=None) for result in run(*snippets, jobs=1).results]
    pairs = [part for one in snippets for part in (one, looks_after(one))]
    results = run(*pairs, jobs=1).results
    return [
        Ended(result=result, found=found)
        for result, found in zip(results[::2], results[1::2], strict=True)
    ]


@pytest.fixture(scope="module")
def ended(run: Runs, isolation: Isolation) -> Mapping[str, Ended]:
    """All attacks, in two rows side by side so that neighbours are there to be hurt."""
    rows = (list(ALL.values())[::2], list(ALL.values())[1::2])
    with ThreadPoolExecutor(len(rows)) as threads:
        ends = threads.map(lambda row: in_a_row(run, row, isolation), rows)
        return {one.result.snippet.name: one for row in ends for one in row}


@pytest.fixture
def expected(name: str, client: DockerClient) -> Attack:
    """What the attack of that name must come to on this engine."""
    one = ALL[name]
    if one.on_podman and "Podman" in client.version()["Components"][0]["Name"]:
        return replace(one, verdicts=one.on_podman, prints=None)
    return one


@pytest.mark.parametrize("name", ALL)
def test_an_attack_gets_its_verdict(
    name: str, ended: Mapping[str, Ended], expected: Attack
) -> None:
    result = ended[name].result

    assert result.verdict in expected.verdicts, (result.reason, result.outcome.stderr[-500:])
    if expected.prints is not None:
        assert result.outcome.stdout.decode().strip() == expected.prints


@pytest.mark.parametrize("name", ALL)
def test_an_attack_ends_in_time(name: str, ended: Mapping[str, Ended]) -> None:
    outcome, limits = ended[name].result.outcome, ALL[name].snippet.limits
    compiling = outcome.phase is Phase.COMPILE

    assert outcome.wall < (limits.compile_timeout if compiling else limits.timeout) + LATE


@pytest.mark.parametrize("name", ALL)
def test_what_comes_after_an_attack_finds_nothing_of_it(
    name: str, ended: Mapping[str, Ended], isolation: Isolation
) -> None:
    found = ended[name].found

    assert (found is None) == (isolation is Isolation.FRESH)
    assert found is None or (found.verdict, found.reason) == ("passed", "")


def test_hardly_an_attack_costs_a_sandbox(ended: Mapping[str, Ended], isolation: Isolation) -> None:
    pairs = [(one.result.outcome, one.found.outcome) for one in ended.values() if one.found]

    lost = [before.reason for before, after in pairs if before.sandbox != after.sandbox]

    assert len(lost) <= (len(pairs) // 4 if isolation is Isolation.REUSE else 0)


EMPTY: Final = {
    "python": "passed",
    "javascript": "passed",
    "bash": "passed",
    "c": "compile_error",
    "cpp": "compile_error",
    "go": "compile_error",
    "rust": "compile_error",
    "java": "runtime_error",
}
COMMENT: Final = b"#" + b"x" * 98 + b"\n"
LARGE: Final = {
    "python": COMMENT * 200_000 + b"print(1)",
    "bash": COMMENT * 200_000 + b"echo 1",
    "c": b"//" + b"x" * 20_000_000 + b'\n#include <stdio.h>\nint main() { puts("1"); }',
}


@pytest.fixture(scope="module")
def sized(run: Runs, isolation: Isolation) -> Mapping[str, Result]:
    """Code of no bytes in each language, and of 20 MB in some."""
    limits = Limits(disk=128 << 20)
    empty = [snippet(CLASSIC[name], b"", name=f"empty {name}") for name in EMPTY]
    large = [
        snippet(CLASSIC[name], code, name=f"large {name}", limits=limits)
        for name, code in LARGE.items()
    ]
    report = run(*(replace(one, isolation=isolation) for one in (*empty, *large)))
    return {result.snippet.name: result for result in report.results}


@pytest.mark.parametrize("name", EMPTY)
def test_code_of_no_bytes_gets_its_verdict(name: str, sized: Mapping[str, Result]) -> None:
    assert sized[f"empty {name}"].verdict == EMPTY[name]


@pytest.mark.parametrize("name", LARGE)
def test_code_of_20_megabytes_runs(name: str, sized: Mapping[str, Result]) -> None:
    result = sized[f"large {name}"]

    assert (result.verdict, result.outcome.stdout) == ("passed", b"1\n"), result.reason
