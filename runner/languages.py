"""Languages.

How a snippet of each is stored, compiled and run, and the table of the eight built-in ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from runner.tool_chains import (
    GO_BUILD,
    GO_CACHE,
    GO_WARM,
    JAVA_COMPILE,
    JAVA_WARM,
    JAVA_WARM_FILE,
    JAVAC,
    JVM,
)

BUILD_DIRECTORY: Final = "/build/src"
CACHE_DIRECTORY: Final = "/build/cache"
WORK_DIRECTORY: Final = "/work/run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """How a language's image is made: by this Dockerfile, from what is in its folder."""

    dockerfile: Path
    shown: str
    """Its path for people."""
    digest: str
    """Of the Dockerfile and all that is in its folder."""

    @property
    def tag(self) -> str:
        """The image's name: what has it was made of the same."""
        return f"exec-action-build:{self.digest[:32]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One row of the table: everything the sandbox needs to know about a language.

    `compile`, `run`, `check` and `warm` are argument vectors. Placeholders in them: `{source}`
    the program's file
    name, `{main}` what is run in it (Java's class with its package), `{build}` the directory
    with the
    compiler's results (a compiled program runs elsewhere), `{cache}` what `warm` left. `image`
    may hold `{version}`.
    """

    name: str
    image: str
    source: str
    run: tuple[str, ...]
    compile: tuple[str, ...] = ()
    check: tuple[str, ...] = ()
    """Checks the syntax for `run: false` where there is nothing to compile.

    Empty where that is not possible.
    """
    warm: tuple[str, ...] = ()
    """Run once per sandbox, before any snippet.

    Fills `{cache}` from `warm_files`, read-only to all snippets.
    """
    warm_files: Mapping[str, str] = field(default_factory=dict, hash=False)
    warm_from: int = 0
    """How many snippets each of a run's sandboxes must get for `warm` to pay; 0: it always does."""
    env: Mapping[str, str] = field(default_factory=dict, hash=False)
    aliases: tuple[str, ...] = ()
    version: str | None = None
    versions: tuple[str, ...] = ()
    """One run for each, of every snippet that says nothing else; empty: of `version` alone."""
    build: Build | None = None
    """How `image` is made where it is the project's own; None: it is pulled."""
    driver: str | None = None
    """The interpreter's driver, where the snippets of a session share one interpreter."""

    @property
    def image_reference(self) -> str:
        """The image's full name, `{version}` filled in."""
        return self.image.replace("{version}", self.version or "")

    def at(self, version: str) -> "Language":
        """This language from another tag of its image's family.

        ValueError where the image has no `{version}`.
        """
        if "{version}" not in self.image:
            what = f"what {self.build.shown} builds" if self.build else f"image '{self.image}'"
            message = f"{what} has no {{version}} to replace"
            raise ValueError(message)
        if not _VERSION.fullmatch(version):
            message = f"'{version}' is not a version: letters, digits, '.', '_' and '-' only"
            raise ValueError(message)
        return replace(self, version=version)


_VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")

_BUILT_IN: Final = (
    Language(
        name="python",
        aliases=("py", "python3"),
        image="python:{version}-slim",
        version="3.9",
        source="main.py",
        run=("python", "{source}"),
        check=(
            "python",
            "-c",
            "import sys; f = sys.argv[1]; compile(open(f, 'rb').read(), f, 'exec')",
            "{source}",
        ),
        driver="python",
    ),
    Language(
        name="javascript",
        aliases=("js", "node"),
        image="node:{version}-alpine",
        version="14",
        source="main.js",
        run=("node", "{source}"),
        check=("node", "--check", "{source}"),
        driver="javascript",
    ),
    Language(
        name="java",
        image="eclipse-temurin:{version}-jdk",
        version="11",
        source="Main.java",
        compile=("sh", "-c", JAVA_COMPILE, "javac", *JAVAC, "-d", "{build}", "{source}"),
        run=("java", *JVM, "-cp", "{build}", "{main}"),
        warm=("sh", "-c", JAVA_WARM, "javac", *JAVAC),
        warm_files={"Main.java": JAVA_WARM_FILE},
        # On JDK 11 the archive takes 3.8 s of processor time, and a compilation then 0.3 s less. Of
        # two sandboxes the second waits for the first one's, then has its own: 3 x 3.8 / 0.3 / 2.
        warm_from=20,
    ),
    Language(
        name="cpp",
        aliases=("c++", "cxx"),
        image="gcc:{version}",
        version="9",
        source="main.cpp",
        compile=("g++", "-pthread", "-o", "{build}/main", "{source}"),
        run=("{build}/main",),
    ),
    Language(
        name="c",
        image="gcc:{version}",
        version="9",
        source="main.c",
        compile=("gcc", "-pthread", "-o", "{build}/main", "{source}", "-lm"),
        run=("{build}/main",),
    ),
    Language(
        name="go",
        aliases=("golang",),
        image="golang:{version}-alpine",
        version="1.19",
        source="main.go",
        compile=("sh", "-c", GO_CACHE + GO_BUILD.replace("{out}", "{build}/main")),
        run=("{build}/main",),
        warm=("sh", "-c", "export GOCACHE={cache}; " + GO_BUILD.replace("{out}", "/dev/null")),
        warm_files={"main.go": GO_WARM},
        env={"GOPROXY": "off", "GOTOOLCHAIN": "local"},
    ),
    Language(
        name="rust",
        aliases=("rs",),
        image="rust:{version}-slim",
        version="1.65",
        source="main.rs",
        compile=("rustc", "--edition=2021", "-o", "{build}/main", "{source}"),
        run=("{build}/main",),
    ),
    Language(
        name="bash",
        aliases=("sh", "shell"),
        image="bash:{version}",
        version="5.1",
        source="main.sh",
        run=("bash", "{source}"),
        check=("bash", "-n", "{source}"),
        driver="bash",
    ),
)

CLASSIC: Final[Mapping[str, Language]] = MappingProxyType({row.name: row for row in _BUILT_IN})
"""The eight languages on the images that Codomyrmex `coding/execution` names (January 2026)."""

_CURRENT_VERSIONS: Final = {
    "python": "3.14",
    "javascript": "24",
    "java": "25",
    "cpp": "15",
    "c": "15",
    "go": "1.26",
    "rust": "1.92",
    "bash": "5.3",
}
CURRENT: Final[Mapping[str, Language]] = MappingProxyType(
    {name: CLASSIC[name].at(version) for name, version in _CURRENT_VERSIONS.items()}
)
"""The same languages on newer tags of the same families."""

IMAGE_SETS: Final[Mapping[str, Mapping[str, Language]]] = MappingProxyType(
    {"classic": CLASSIC, "current": CURRENT}
)


def find(name: str, table: Mapping[str, Language]) -> Language:
    """The row that `name` (a name, an alias, or either with `@version`) means.

    LookupError says what was near.
    """
    base, at, version = name.partition("@")
    row = table.get(base) or next((row for row in table.values() if base in row.aliases), None)
    if row is None:
        raise LookupError(_unknown(base, table))
    if not at:
        return row
    try:
        return row.at(version)
    except ValueError as problem:
        raise LookupError(f"language '{name}': {problem}") from None


def _unknown(name: str, table: Mapping[str, Language]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - 4 ms, for this message alone

    known = [*table, *(alias for row in table.values() for alias in row.aliases)]
    near = get_close_matches(name.lower(), known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else "known: " + ", ".join(table)
    return f"unknown language '{name}'; {hint}"
