"""Languages.

How a snippet of each is stored, compiled and run, and the table of the eight built-in ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

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

# Compiles every .go file of the snippet: with a go.mod as a module, else as a list of files (no
# version line needed).
_GO_BUILD = (
    'if [ -f go.mod ]; then set -- .; else set -- *.go; fi; exec go build -ldflags=-w -o {out} "$@"'
)
# Go takes a package for missing when it cannot write to its cache. So each snippet's compiler has a
# cache of its own, of links to the files of the warm one, which it can read and not change (10 ms).
_GO_CACHE = (
    'cache="$HOME/.cache/go-build"; [ -d "$cache" ] || '
    '{ mkdir -p "$HOME/.cache" && cp -rs {cache} "$cache"; } || exit; '
)
_GO_WARM = """package main

import (
	_ "bufio"
	_ "bytes"
	_ "context"
	_ "encoding/json"
	_ "errors"
	_ "fmt"
	_ "math"
	_ "math/rand"
	_ "os"
	_ "regexp"
	_ "sort"
	_ "strconv"
	_ "strings"
	_ "sync"
	_ "sync/atomic"
	_ "time"
	_ "unicode"
)

func main() {}
"""
# A JVM that lives for a fraction of a second: no second compiler tier for javac, one collector
# thread, no processors.
_JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_JAVAC = (*(f"-J{flag}" for flag in _JVM), "-proc:none", "-encoding", "UTF-8")
# The JDK's own archive has few of javac's classes: without ours they are parsed and verified each
# time. What JDK 25 logs of an archive that it uses, or cannot use, is no word of the compiler's.
_JAVA_ARCHIVE = "{cache}/javac.jsa"
_JAVA_QUIET = "'-J-Xlog:cds*=off'"
_JAVA_COMPILE = (
    f"[ ! -f {_JAVA_ARCHIVE} ] || "
    f'set -- -J-XX:SharedArchiveFile={_JAVA_ARCHIVE} {_JAVA_QUIET} "$@"; '
    'exec javac "$@"'
)
# From JDK 13 on javac can leave its archive when it ends. Before, and without the JDK's own archive
# (which some images lack), one is made of a list of its classes. Without any there is no archive,
# nor where javac then has something to say: a snippet's output must not depend on it.
_JAVA_WARM = f"""new="$TMPDIR/javac.jsa" list="$TMPDIR/classes"
compile() {{ javac "$@" -d "$TMPDIR" Main.java; }}
quietly() {{
    compile "$@" "-J-XX:ArchiveClassesAtExit=$new"
    [ -f "$new" ] && return
    compile "$@" "-J-XX:DumpLoadedClassList=$list" &&
        java {" ".join(_JVM)} -Xshare:dump --add-modules=jdk.compiler \\
            "-XX:SharedClassListFile=$list" "-XX:SharedArchiveFile=$new"
}}
quietly "$@" >"$TMPDIR/said" 2>&1
said=$(javac "$@" "-J-XX:SharedArchiveFile=$new" {_JAVA_QUIET} -J-Xshare:on -version 2>&1) &&
    [ "$said" = "$(javac "$@" -version 2>&1)" ] && mv "$new" {_JAVA_ARCHIVE}
rm -rf "$TMPDIR"/*
"""
_JAVA_WARM_FILE = """import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.function.Function;
import java.util.stream.Collectors;

public class Main {
    interface Shape {
        double area();
    }

    enum Kind { ROUND, FLAT }

    static class Circle implements Shape, Comparable<Circle> {
        private final double radius;

        Circle(double radius) {
            this.radius = radius;
        }

        @Override
        public double area() {
            return Math.PI * radius * radius;
        }

        @Override
        public int compareTo(Circle other) {
            return Double.compare(radius, other.radius);
        }
    }

    static <T, R> List<R> changed(List<? extends T> all, Function<? super T, R> change) {
        List<R> made = new ArrayList<>();
        for (T one : all) {
            made.add(change.apply(one));
        }
        return made;
    }

    static int sides(Kind kind) throws IOException {
        switch (kind) {
            case ROUND:
                return 1;
            default:
                throw new IOException("flat: " + kind);
        }
    }

    public static void main(String[] args) {
        Map<String, Integer> counts = new HashMap<>();
        for (String word : "a b a".split(" ")) {
            counts.merge(word, 1, Integer::sum);
        }
        var shapes = changed(Arrays.asList(1.0, 2.0, 3.0), Circle::new);
        String text = shapes.stream()
            .filter(shape -> shape.area() > 1)
            .map(shape -> String.format("%.1f", shape.area()))
            .collect(Collectors.joining(" "));
        int[] numbers = {3, 1, 2};
        long sum = 0;
        for (int i = 0; i < numbers.length; i++) {
            sum += i % 2 == 0 ? numbers[i] : -numbers[i];
        }
        StringBuilder read = new StringBuilder();
        try (Scanner scanner = new Scanner(text)) {
            while (scanner.hasNext()) {
                read.append(scanner.next());
            }
            sides(Kind.FLAT);
        } catch (IOException problem) {
            System.out.println(problem.getMessage());
        } finally {
            System.out.println(counts + " " + read + " " + sum);
        }
        Runnable last = () -> System.out.println("done");
        last.run();
    }
}
"""

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
        compile=("sh", "-c", _JAVA_COMPILE, "javac", *_JAVAC, "-d", "{build}", "{source}"),
        run=("java", *_JVM, "-cp", "{build}", "{main}"),
        warm=("sh", "-c", _JAVA_WARM, "javac", *_JAVAC),
        warm_files={"Main.java": _JAVA_WARM_FILE},
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
        compile=("sh", "-c", _GO_CACHE + _GO_BUILD.replace("{out}", "{build}/main")),
        run=("{build}/main",),
        warm=("sh", "-c", "export GOCACHE={cache}; " + _GO_BUILD.replace("{out}", "/dev/null")),
        warm_files={"main.go": _GO_WARM},
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
