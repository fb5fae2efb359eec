"""From a snippet to what is stored and started: file names and argument vectors; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runner.languages import CACHE_DIRECTORY, Language
from runner.model import Snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """A snippet's program.

    The name of its source file and its argument vectors, each empty where there is none.
    """

    source: str
    compile: tuple[str, ...]
    run: tuple[str, ...]
    check: tuple[str, ...]


def commands_for(snippet: Snippet, *, build: str) -> Commands:
    """How to compile and run `snippet`, its compiler's results being in the directory `build`."""
    language = snippet.language
    text = snippet.code.decode(errors="replace")
    source, main = _names(language, text)
    values = {"source": source, "main": main, "build": build, "cache": CACHE_DIRECTORY}
    return Commands(
        source=source,
        compile=fill(language.compile, values),
        run=fill(language.run, values),
        check=fill(language.check, values),
    )


def fill(argv: tuple[str, ...], values: dict[str, str]) -> tuple[str, ...]:
    """`argv` with each known placeholder replaced; other braces are left alone."""
    return tuple(
        re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), word) for word in argv
    )


def _names(language: Language, code: str) -> tuple[str, str]:
    """The source file's name and what `{main}` stands for."""
    if language.source == "Main.java":
        return _java_names(code)
    if language.source == "main.js" and _is_module(code):
        return "main.mjs", "main"
    return language.source, language.source.partition(".")[0]


_IMPORT_OR_EXPORT = re.compile(
    r"""^\s*(?:import\s*(?:[\w${*]|["'])|export\s+(?:default|const|let|var|function|class|async|[{*]))""",
    re.MULTILINE,
)


def _is_module(code: str) -> bool:
    """Whether JavaScript is an ES module.

    Which older versions of Node know by the file's name alone.
    """
    return _IMPORT_OR_EXPORT.search(code) is not None and re.search(r"\brequire\s*\(", code) is None


_JAVA_NOISE = re.compile(
    r'//[^\n]*|/\*.*?(?:\*/|\Z)|"""(?:\\.|[^\\])*?(?:"""|\Z)|"(?:\\.|[^"\\\n])*"?|\'(?:\\.|[^\'\\\n])*\'?',
    re.DOTALL,
)
_JAVA_PACKAGE = re.compile(r"\bpackage\s+([\w.]+)\s*;")
_JAVA_TYPE = re.compile(
    r"[{}]|\b(?P<public>public\s+)?(?:(?:abstract|final|sealed|non-sealed|strictfp|public)\s+)*"
    r"(?:class|interface|enum|record)\s+(?P<name>\w+)"
)
_JAVA_MAIN = re.compile(r"\bvoid\s+main\s*\(")


def _java_names(code: str) -> tuple[str, str]:
    """A Java file must be named after its public type; the type with a `main` method is run."""
    code = _JAVA_NOISE.sub(" ", code)
    package = _JAVA_PACKAGE.search(code)
    types = list(_java_types(code))
    public = next((name for name, is_public, _ in types if is_public), None)
    with_main = [name for name, _, body in types if _JAVA_MAIN.search(body)]
    main = public if public in with_main or not with_main else with_main[0]
    main = main or (types[0][0] if types else "Main")
    prefix = f"{package[1]}." if package else ""
    return f"{public or 'Main'}.java", prefix + main


def _java_types(code: str) -> Iterator[tuple[str, bool, str]]:
    """The top-level types of Java code without comments and strings: name, whether public, body."""
    depth, name, is_public, start = 0, "", False, 0
    for found in _JAVA_TYPE.finditer(code):
        if found[0] == "{":
            depth += 1
        elif found[0] == "}":
            depth = max(0, depth - 1)
            if depth == 0 and name:
                yield name, is_public, code[start : found.end()]
                name = ""
        elif depth == 0:
            name, is_public, start = found["name"], found["public"] is not None, found.end()
