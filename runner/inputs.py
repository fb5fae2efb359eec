"""The action's inputs: from INPUT_* variables to what they ask for.

Most mirror an option of the command line, and its parser understands them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.arguments import Arguments, parse
from runner.errors import UsageError

OPTIONS: Final = {
    "images": "--images=",
    "jobs": "--jobs=",
    "select": "-k",
    "tags": "--tag=",
    "isolation": "--isolation=",
    "timeout-scale": "--timeout-scale=",
    "pull": "--pull=",
    "runtime": "--runtime=",
    "retries": "--retries=",
    "shard": "--shard=",
    "durations": "--durations=",
    "last-failed": "--last-failed=",
    "cache-dir": "--cache=",
    "cache-max-age": "--cache-max-age=",
    "slowest": "--slowest=",
}
"""Inputs that are the value of an option; what stands before the value."""
FLAGS: Final = {
    "fail-fast": "--fail-fast",
    "verbose": "--verbose",
    "allow-outside": "--allow-outside",
}
"""Inputs that are true or false, and the flag that is given when they are true."""
SWITCHES: Final = {
    "summary": True,
    "annotations": True,
    "fail-on-failure": True,
    "fail-on-empty": True,
}
"""Inputs that only the action has, true or false, with what they are when empty."""
FILES: Final = ("manifest", "merge", "working-directory", "junit", "report")
NAMES: Final = frozenset({*OPTIONS, *FLAGS, *SWITCHES, *FILES})
_OF_REPORTS: Final = ("--slowest", "--verbose")
"""Options that hold for a merged report too; the others are of a run."""
_TRUTH: Final = {
    word: truth
    for truth, words in ((True, "true True TRUE"), (False, "false False FALSE"))
    for word in words.split()
}
"""As YAML 1.2 and the toolkit's getBooleanInput have it."""
_SPEAKER: Final = re.compile(r"^(exec-action: )?((argument \S+|-\S+)( \S+)?: )?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the step asks for; paths are relative to the workspace, as the repository's are."""

    arguments: Arguments
    junit: Path | None
    summary: bool
    annotations: bool
    fail_on_failure: bool
    fail_on_empty: bool


def understand(environ: Mapping[str, str]) -> Inputs:
    """The inputs in `environ`; UsageError lists every problem, each with its input's name."""
    given = {name: text for name in NAMES if (text := _text(environ, name))}
    problems: list[str] = []
    words = [word for name in (*OPTIONS, *FLAGS) for word in _option(name, given, problems)]
    if "merge" in given:
        words = [word for word in words if word.startswith(_OF_REPORTS)]
    words += _files(given, problems)
    switches = {name: _truth(name, given, problems, empty=SWITCHES[name]) for name in SWITCHES}
    if problems:
        raise UsageError(problems)
    arguments = parse(["run", *words]) if "merge" not in given else parse(["merge", *words])
    junit = [target.path for target in arguments.targets if target.format == "junit"]
    return Inputs(
        arguments=arguments,
        junit=junit[-1] if junit else None,
        summary=switches["summary"],
        annotations=switches["annotations"],
        fail_on_failure=switches["fail-on-failure"],
        fail_on_empty=switches["fail-on-empty"],
    )


def _text(environ: Mapping[str, str], name: str) -> str:
    """The runner leaves hyphens as they are; others make them underscores."""
    key = f"INPUT_{name.upper()}"
    return (environ.get(key) or environ.get(key.replace("-", "_")) or "").strip()


def _option(name: str, given: Mapping[str, str], problems: list[str]) -> list[str]:
    if name in FLAGS:
        return [FLAGS[name]] if _truth(name, given, problems, empty=False) else []
    if name not in given:
        return []
    return _checked(name, OPTIONS[name] + given[name], problems)


def _truth(name: str, given: Mapping[str, str], problems: list[str], *, empty: bool) -> bool:
    if name not in given:
        return empty
    if given[name] not in _TRUTH:
        problems.append(_problem(name, f"'{given[name]}' is neither true nor false"))
    return _TRUTH.get(given[name], empty)


def _files(given: Mapping[str, str], problems: list[str]) -> Iterator[str]:
    """The words for what is read and written, all below the working directory."""
    folder = Path(given.get("working-directory", "."))
    if not folder.is_dir():
        problems.append(_problem("working-directory", f"there is no folder '{folder}'"))
    paths = _merged(given, folder, problems) if "merge" in given else _run(given, folder, problems)
    junit = _lines(given, "junit")
    if len(junit) > 1:
        problems.append(_problem("junit", "takes one path; more reports go into 'report'"))
    for path in junit[:1]:
        yield f"--junit={folder / path}"
    for line in _lines(given, "report"):
        yield from _report(line, folder, problems)
    yield "--report=github"
    yield "--"
    yield from paths


def _run(given: Mapping[str, str], folder: Path, problems: list[str]) -> list[str]:
    paths = _lines(given, "manifest")
    if not paths:
        what = "required: the manifests, Markdown files and folders to run, one a line"
        problems.append(_problem("manifest", what))
    return [str(folder / path) for path in paths]


def _merged(given: Mapping[str, str], folder: Path, problems: list[str]) -> list[str]:
    """The reports that are named, `*` standing for any characters of a name."""
    if "manifest" in given:
        problems.append(_problem("merge", "makes a report of others, and runs no 'manifest'"))
    found: list[str] = []
    for line in _lines(given, "merge"):
        paths = sorted(folder.glob(line)) if "*" in line else [folder / line]
        if not paths:
            problems.append(_problem("merge", f"no file is named as '{line}'"))
        found += map(str, paths)
    return found


def _report(line: str, folder: Path, problems: list[str]) -> list[str]:
    name, equals, path = line.partition("=")
    if not (equals and path):
        problems.append(_problem("report", f"'{line}' is not FORMAT=FILE"))
        return []
    return _checked("report", f"--report={name}={folder / path}", problems)


def _lines(given: Mapping[str, str], name: str) -> list[str]:
    return [line.strip() for line in given.get(name, "").splitlines() if line.strip()]


def _checked(name: str, word: str, problems: list[str]) -> list[str]:
    """The word, if the command line takes it; each input alone, so that all problems are found."""
    try:
        parse(["run", word, "--", "-"])
    except UsageError as refused:
        for problem in refused.problems:
            said = _SPEAKER.sub("", problem).removesuffix("; --help lists the options")
            problems.append(_problem(name, said))
    return [word]


def _problem(name: str, what: str) -> str:
    return f"input '{name}': {what}"
