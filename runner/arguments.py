"""From the words of the command line to what they ask for."""

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, NoReturn

from runner import __version__
from runner.errors import UsageError
from runner.model import Isolation
from runner.options import Options, Overrides, Pull
from runner.selection import Selection, parse_expression, parse_tags
from runner.targets import Target

FORMATS: Final = ("table", "junit", "summary", "github")
IMAGE_SETS: Final = ("classic", "current")

_ABOUT: Final = {
    "run": "Run the snippets of manifests and compare what they print with what is expected.",
    "validate": "Check manifests without running anything.",
    "schema": "Print the JSON Schema of manifests, for editors.",
    "images": "Pull the images that manifests need.",
    "doctor": "Say what is missing to run here, and how to mend it.",
}
_TAKES_PATHS: Final = ("run", "validate", "images")
_EPILOG: Final = """\
commands: PATH... runs; `validate PATH...`, `images PATH...`, `schema`, `doctor` have their own
--help
exit codes: 0 all fine, 1 a case failed, 2 wrong usage or manifest or nothing to run,
            3 Docker or a sandbox at fault, 130 interrupted, 70 a bug of exec-action"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What the command line asks for, whatever the command."""

    command: str
    paths: tuple[str, ...] = ()
    images: str | None = None
    targets: tuple[Target, ...] = ()
    selection: Selection
    overrides: Overrides
    options: Options
    list: bool = False
    verbose: bool = False


def parse(words: Sequence[str]) -> Arguments:
    """Understand the command line; UsageError where it can't be, SystemExit after --help."""
    named = bool(words) and words[0] in _ABOUT
    command = words[0] if named else "run"
    given = _given(_parser(command), words[1:] if named else words)
    if command in _TAKES_PATHS and not given.paths:
        raise UsageError(
            f"exec-action: no manifest is named; for example:"
            f" python -m runner {'' if command == 'run' else command + ' '}manifest.yml"
        )
    return _understood(command, given)


def _given(parser: argparse.ArgumentParser, words: Sequence[str]) -> argparse.Namespace:
    """What is given, options after and between paths too; all after `--` are paths."""
    end = list(words).index("--") if "--" in words else len(words)
    given = parser.parse_intermixed_args(words[:end])
    paths = words[end + 1 :]
    if paths and not hasattr(given, "paths"):
        parser.error(f"unrecognized arguments: {' '.join(paths)}")
    if paths:
        given.paths = [*given.paths, *paths]
    return given


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"exec-action: {message}; --help lists the options")


def _parser(command: str) -> _Parser:
    parser = _Parser(
        prog="python -m runner" if command == "run" else f"python -m runner {command}",
        description=_ABOUT[command],
        epilog=_EPILOG if command == "run" else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if command in _TAKES_PATHS:
        parser.add_argument("paths", nargs="*", metavar="PATH", help="a manifest; - for stdin")
    if command in (*_TAKES_PATHS, "doctor"):
        parser.add_argument(
            "--images", choices=IMAGE_SETS, help="which tags the built-in languages use"
        )
    if command in ("run", "images"):
        parser.add_argument(
            "--pull",
            type=_one_of(Pull),
            choices=list(Pull),
            default=Pull.MISSING,
            help="when to pull images",
        )
    if command == "run":
        _add_run_options(parser)
    return parser


def _one_of(kinds: type[StrEnum]) -> Callable[[str], StrEnum]:
    def chosen(word: str) -> StrEnum:
        try:
            return kinds(word)
        except ValueError:
            known = ", ".join(kinds)
            raise argparse.ArgumentTypeError(f"'{word}' is none of {known}") from None

    return chosen


def _add_run_options(parser: _Parser) -> None:
    add = parser.add_argument
    add("--version", action="version", version=f"exec-action {__version__}")
    add("--junit", metavar="FILE", type=Path, help="short for --report junit=FILE")
    add(
        "--report",
        metavar="FORMAT[=FILE]",
        action="append",
        default=[],
        help=f"{', '.join(FORMATS)}; repeatable; without FILE to standard output (default: table)",
    )
    add("-j", "--jobs", metavar="N", type=int, help="sandboxes at once (default: processors)")
    add(
        "--isolation",
        type=_one_of(Isolation),
        choices=list(Isolation),
        help="a scrubbed warm sandbox between sessions, or a container for each",
    )
    add("--timeout-scale", metavar="X", type=float, default=1.0, help="multiply every timeout by X")
    add("--runtime", metavar="NAME", help="the engine's container runtime, such as runsc or kata")
    add("-k", metavar="EXPR", help="only snippets whose name matches, as in 'hello and not slow'")
    add(
        "--tag",
        metavar="TAGS",
        help="only snippets with one of these tags and none after '!': a,!b",
    )
    add("--fail-fast", action="store_true", help="begin no more sessions after the first failure")
    add("--list", action="store_true", help="show what would run, and stop")
    add("-v", "--verbose", action="store_true", help="a line for each case as it ends")


def _understood(command: str, given: argparse.Namespace) -> Arguments:
    if command != "run":
        return Arguments(
            command=command,
            paths=tuple(getattr(given, "paths", ())),
            images=getattr(given, "images", None),
            selection=Selection(),
            overrides=Overrides(),
            options=Options(pull=getattr(given, "pull", Pull.MISSING)),
        )
    wanted, unwanted = parse_tags(given.tag or "")
    return Arguments(
        command=command,
        paths=tuple(given.paths),
        images=given.images,
        targets=_targets(given.junit, given.report),
        selection=Selection(
            expression=parse_expression(given.k) if given.k is not None else None,
            tags=wanted,
            excluded_tags=unwanted,
        ),
        overrides=Overrides(isolation=given.isolation, timeout_scale=_scale(given.timeout_scale)),
        options=Options(
            jobs=_jobs(given.jobs),
            pull=given.pull,
            runtime=given.runtime,
            fail_fast=given.fail_fast,
        ),
        list=given.list,
        verbose=given.verbose,
    )


def _targets(junit: Path | None, reports: Sequence[str]) -> tuple[Target, ...]:
    """Every report asked for; the table goes to standard output where nothing else does."""
    targets = [_target(report) for report in reports]
    targets += [Target(format="junit", path=junit)] if junit is not None else []
    if all(target.path is not None for target in targets):
        targets.append(Target(format="table"))
    return tuple(targets)


def _target(report: str) -> Target:
    name, equals, path = report.partition("=")
    if name not in FORMATS:
        raise UsageError(f"exec-action: --report: unknown format '{name}'; {', '.join(FORMATS)}")
    if equals and not path:
        raise UsageError(f"exec-action: --report {report}: the file's name is missing after '='")
    return Target(format=name, path=Path(path) if path else None)


def _jobs(jobs: int | None) -> int | None:
    if jobs is not None and jobs < 1:
        raise UsageError("exec-action: --jobs: at least 1")
    return jobs


def _scale(scale: float) -> float:
    if not math.isfinite(scale) or scale <= 0:
        raise UsageError("exec-action: --timeout-scale: a number above 0")
    return scale
