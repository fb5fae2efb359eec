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
        _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), word)
        if "{" in word
        else word
        for word in argv
    )


_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def _names(language: Language, code: str) -> tuple[str, str]:
    """The source file's name and what `{main}` stands for."""
    if language.source == "Main.java":
        return _java_names(code)
    if language.source == "main.js" and _is_module(code):
        return "main.mjs", "main"
    return language.source, language.source.partition(".")[0]


# Comments, and strings as `""`. A regular expression that holds a quote hides the rest of its line.
_JAVASCRIPT_NOISE = re.compile(
    r"""//[^\n]*|/\*.*?(?:\*/|\Z)|`(?:\\.|[^\\`])*`?|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?""",
    re.DOTALL,
)
_MODULE_SYNTAX = re.compile(
    r"""^[ \t]*import(?:[ \t]+[\w$]|\s*[{*"])"""
    r"""|^[ \t]*export(?:[ \t]+(?:default|const|let|var|function|class|async)\b|\s*[{*])"""
    r"""|\bimport\s*\.\s*meta\b"""
    r"""|^(?:(?:const|let|var)\s[^=\n]*=[ \t]*|[\w$.]+[ \t]*=[ \t]*|for[ \t]+)?"""
    r"""(?:[\w$.]+\()*await\b""",
    re.MULTILINE,
)
_REQUIRE = re.compile(r"(?<![\w$.])require\s*\(")


def _is_module(code: str) -> bool:
    """Whether JavaScript is an ES module.

    Which older versions of Node know by the file's name alone.
    """
    code = _JAVASCRIPT_NOISE.sub(_without_content, code)
    if "createRequire" not in code and _REQUIRE.search(code):
        return False
    return _MODULE_SYNTAX.search(code) is not None


def _without_content(noise: re.Match[str]) -> str:
    return " " if noise[0].startswith("/") else '""'


_JAVA_NOISE = re.compile(
    r'//[^\n]*|/\*.*?(?:\*/|\Z)|"""(?:\\.|[^\\])*?(?:"""|\Z)|"(?:\\.|[^"\\\n])*"?|\'(?:\\.|[^\'\\\n])*\'?',
    re.DOTALL,
)
_JAVA_PACKAGE = re.compile(r"\bpackage\s+([\w.]+)\s*;")
_JAVA_TYPE = re.compile(r"[{};]|\bpublic\b|\b(?:class|interface|enum|record)\s+(?P<name>\w+)")
_JAVA_MAIN = re.compile(r"\bvoid\s+main\s*\(")


def _java_names(code: str) -> tuple[str, str]:
    """A Java file must be named after its public type; the type with a `main` method is run."""
    code = _JAVA_NOISE.sub(" ", code)
    package = _JAVA_PACKAGE.search(code)
    types = list(_java_types(code))
    public = next((name for name, is_public, _ in types if is_public), None)
    prefix = f"{package[1]}." if package else ""
    return f"{public or 'Main'}.java", prefix + _java_main(code, types, public)


def _java_main(code: str, types: list[tuple[str, bool, slice]], public: str | None) -> str:
    """The type to run; a `main` outside of all types makes the whole file one, named after it."""
    starts = [0, *(place.stop for _, _, place in types)]
    ends = [*(place.start for _, _, place in types), len(code)]
    outside = "".join(code[start:end] for start, end in zip(starts, ends, strict=True))
    if not types or _JAVA_MAIN.search(outside):
        return "Main"
    with_main = [name for name, _, place in types if _JAVA_MAIN.search(code[place])]
    if public in with_main or not with_main:
        return public or types[0][0]
    return with_main[0]


def _java_types(code: str) -> Iterator[tuple[str, bool, slice]]:
    """The top-level types of Java code without comments and strings: name, whether public, where.

    In time linear in the code's length, whatever it is: the code may be an enemy's.
    """
    depth, name, is_public, start = 0, "", False, 0
    public = False
    for found in _JAVA_TYPE.finditer(code):
        if found[0] == "{":
            depth += 1
            public = False
        elif found[0] == "}":
            depth = max(0, depth - 1)
            if depth == 0 and name:
                yield name, is_public, slice(start, found.end())
                name = ""
        elif found[0] == ";":
            public = False
        elif depth == 0 and found["name"] is None:
            public = True
        elif depth == 0:
            name, is_public, start, public = found["name"], public, found.end(), False
    if name:  # its closing brace is missing: the compiler will say that, and no more
        yield name, is_public, slice(start, len(code))
