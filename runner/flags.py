"""The options of the command line as argparse takes them, command by command.

Nothing is imported that `--help` can do without: it answers at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NoReturn

from runner import __version__
from runner.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

FORMATS: Final = ("table", "junit", "junit-reruns", "json", "summary", "github", "html")
IMAGE_SETS: Final = ("classic", "current")
PULLS: Final = ("missing", "always", "never")
ISOLATIONS: Final = ("reuse", "fresh")
ABOUT: Final = {
    "run": "Run snippets of manifests and Markdown and compare what they print with what is"
    " expected.",
    "validate": "Check manifests and Markdown without running anything.",
    "schema": "Print the JSON Schema of manifests, for editors.",
    "images": "Pull or build the images that manifests and Markdown need.",
    "doctor": "Say what is missing to run here, and how to mend it.",
    "merge": "Make one report of many: the JSON reports of a plan's shards.",
    "init": "Write a first manifest.",
}
TAKES_PATHS: Final = ("run", "validate", "images", "merge", "init")
_NEEDS_PATHS: Final = ("run", "validate", "images", "merge")
_PATHS: Final = {
    "merge": "a JSON report of one shard",
    "init": "the manifest to write (default: snippets.yml)",
}
_EPILOG: Final = """\
commands: PATH... runs; `validate PATH...`, `images PATH...`, `merge R.json...`, `schema`,
`doctor`, `init` have their own --help
exit codes: 0 all fine, 1 a case failed, 2 wrong usage or manifest or nothing to run,
            3 Docker or a sandbox at fault, 130 interrupted, 70 a bug of exec-action"""


class Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse would end the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"exec-action: {message}; --help lists the options")


def given(words: Sequence[str]) -> argparse.Namespace:
    """What the command line gives, and its `command`; SystemExit after --help."""
    named = bool(words) and words[0] in ABOUT
    command = words[0] if named else "run"
    found = _parsed(parser(command), words[1:] if named else words)
    if command in _NEEDS_PATHS and not found.paths:
        what, example = ("report", "shard-*.json") if command == "merge" else ("file", "README.md")
        raise UsageError(
            f"exec-action: no {what} is named; for example:"
            f" python -m runner {'' if command == 'run' else command + ' '}{example}"
        )
    found.command = command
    return found


def parser(command: str) -> Parser:
    """The parser of one command's options."""
    made = Parser(
        prog="python -m runner" if command == "run" else f"python -m runner {command}",
        description=ABOUT[command],
        epilog=_EPILOG if command == "run" else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if command in TAKES_PATHS:
        about = _PATHS.get(command, "a manifest, a Markdown file or a folder; - for stdin")
        made.add_argument("paths", nargs="*", metavar="PATH", help=about)
    if command in ("run", "validate", "images", "doctor"):
        _add_reading_options(made, files=command != "doctor")
    if command in ("run", "images"):
        made.add_argument(
            "--pull",
            type=_one_of(PULLS),
            choices=PULLS,
            default=PULLS[0],
            help="when to pull images",
        )
    if command in ("run", "merge"):
        _add_report_options(made)
    if command == "run":
        _add_run_options(made)
        _add_selection_options(made)
        _add_cache_options(made)
        _add_update_options(made)
    return made


def _parsed(options: argparse.ArgumentParser, words: Sequence[str]) -> argparse.Namespace:
    """What is given, options after and between paths too; all after `--` are paths."""
    end = list(words).index("--") if "--" in words else len(words)
    found = options.parse_intermixed_args(words[:end])
    paths = words[end + 1 :]
    if paths and not hasattr(found, "paths"):
        options.error(f"unrecognized arguments: {' '.join(paths)}")
    if paths:
        found.paths = [*found.paths, *paths]
    return found


def _one_of(known: Sequence[str]) -> Callable[[str], str]:
    def chosen(word: str) -> str:
        if word not in known:
            raise argparse.ArgumentTypeError(f"'{word}' is none of {', '.join(known)}")
        return word

    return chosen


def _path(word: str) -> Path:
    from pathlib import Path  # noqa: PLC0415 - 5 ms

    return Path(word)


def _add_reading_options(made: Parser, *, files: bool) -> None:
    add = made.add_argument
    add("--images", choices=IMAGE_SETS, help="which tags the built-in languages use")
    if files:
        add(
            "--allow-outside",
            action="store_true",
            help="let manifests name files outside of their own folder",
        )


def _add_report_options(made: Parser) -> None:
    add = made.add_argument
    add("--junit", metavar="FILE", type=_path, help="short for --report junit=FILE")
    add(
        "--report",
        metavar="FORMAT[=FILE]",
        action="append",
        default=[],
        help=f"{', '.join(FORMATS)}; repeatable; without FILE to standard output (default: table)",
    )
    add("--slowest", metavar="N", type=int, default=0, help="list the N slowest cases")
    add("-q", "--quiet", action="store_true", help="of the table, only failures and the last line")
    add("-v", "--verbose", action="store_true", help="a line for each case as it ends")


def _add_run_options(made: Parser) -> None:
    add = made.add_argument
    add("--version", action="version", version=f"exec-action {__version__}")
    add("-j", "--jobs", metavar="N", type=int, help="sandboxes at once (default: processors)")
    add(
        "--isolation",
        type=_one_of(ISOLATIONS),
        choices=ISOLATIONS,
        help="a scrubbed warm sandbox between sessions, or a container for each",
    )
    add("--timeout-scale", metavar="X", type=float, default=1.0, help="multiply every timeout by X")
    add("--retries", metavar="N", type=int, help="run a failure again up to N times")
    add("--runtime", metavar="NAME", help="the engine's container runtime, such as runsc or kata")
    add("--cluster", metavar="ADDRESS", help="run on the workers of this Dask scheduler")
    add("--fail-fast", action="store_true", help="begin no more sessions after the first failure")
    add("--watch", action="store_true", help="stay, and run again what changes")


def _add_selection_options(made: Parser) -> None:
    add = made.add_argument
    add("-k", metavar="EXPR", help="only snippets whose name matches, as in 'hello and not slow'")
    add(
        "--tag",
        metavar="TAGS",
        help="only snippets with one of these tags and none after '!': a,!b",
    )
    add("--last-failed", metavar="REPORT", type=_path, help="only what failed in this JSON report")
    add("--shard", metavar="I/N", help="only the I-th of N parts of the plan")
    add(
        "--durations",
        metavar="FILE",
        type=_path,
        help="JSON report of an earlier run: longest first, shards of equal time",
    )
    add("--list", action="store_true", help="show what would run, and stop")


def _add_cache_options(made: Parser) -> None:
    add = made.add_argument
    add("--cache", metavar="DIR", type=_path, help="keep outcomes there; what is known is not run")
    add("--no-cache", action="store_true", help="as if --cache were not given")
    add(
        "--cache-max-age",
        metavar="AGE",
        default="7d",
        help="how long an outcome holds where the image has no digest: 90s, 12h, 7d (default)",
    )


def _add_update_options(made: Parser) -> None:
    add = made.add_argument
    add("--update", action="store_true", help="write actual output where it differs")
    add(
        "--update-all",
        action="store_true",
        help="as --update, and add output blocks to Markdown where there are none",
    )
    add(
        "--check",
        action="store_true",
        help="with --update: show what would be written, and write nothing",
    )
