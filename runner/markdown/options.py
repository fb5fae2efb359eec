"""The options of a fence: words of its info string and of the comments right before it.

Fences bear words of many tools. On the info string, those that can't be ours pass, and those known
to be another's; a comment that begins with `snippet:` is for us alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from runner.manifest.problems import choice, near
from runner.markdown.fences import Fence, Passage
from runner.markdown.words import Word, words
from runner.text import one_line
from runner.yaml_reader import Node, Plain


class Fault(NamedTuple):
    """Something wrong at a place of the document."""

    line: int
    column: int
    message: str


class Option(NamedTuple):
    """What an option says, and the word that says it."""

    value: Node
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is said of a fence, by field: `skip` for `ignore` too."""

    language: str
    """The info string's first word; empty where there is none."""
    second: str
    """The word after it."""
    fields: Mapping[str, Option]
    faults: tuple[Fault, ...]


def options(fence: Fence) -> Options:
    """All that is said of `fence`."""
    info = Passage(text=fence.info, line=fence.line, columns=(fence.info_column,))
    language, start = _language(fence.info)
    own = list(words(info, start=start))
    stated = [(word, False) for word in own]
    for comment in fence.comments:
        stated += [(word, True) for word in directive(comment)]
    fields: dict[str, Option] = {}
    faults: list[Fault] = []
    for word, ours_alone in stated:
        fault = _take(word, fields, ours_alone=ours_alone)
        if fault is not None:
            faults.append(Fault(word.line, word.column, fault))
        if len(faults) >= _MAX_FAULTS:
            break
    second = own[0].key if own else ""
    return Options(language=language, second=second, fields=fields, faults=tuple(faults))


def directive(comment: Passage) -> Iterator[Word]:
    """The words of a comment for us; none of any other comment."""
    found = _DIRECTIVE.match(comment.text)
    if found is not None:
        yield from words(comment, start=found.end())


_MAX_FAULTS: Final = 100
"""Of one fence: looking for what each word may have meant takes its time."""
_DIRECTIVE: Final = re.compile(r"\s*snippet:")
_PANDOC: Final = re.compile(r"\{\s*\.([^\s,{}=]+)")
_FIRST: Final = re.compile(r"[^\s,{]+")


def _language(info: str) -> tuple[str, int]:
    """The first word, or the class that stands for it in `{.python}`; and where it ends."""
    found = _PANDOC.match(info)
    if found is not None:
        return found[1], found.end()
    found = _FIRST.match(info)
    return (found[0], found.end()) if found else ("", 0)


_TRUE: Final = Plain("true")
_FLAGS: Final[Mapping[str, tuple[str, str | Plain]]] = {
    **dict.fromkeys(("skip", "ignore", "notest"), ("skip", _TRUE)),
    "xfail": ("xfail", _TRUE),
    "no_run": ("run", Plain("false")),
    "compile_fail": ("verdict", "compile_error"),
    **dict.fromkeys(("should_fail", "should_panic"), ("exit", "nonzero")),
    "continues": ("continues", _TRUE),
}
_KEYS: Final = ("name", "session", "timeout", "exit", "stdin", "save", "skip", "xfail", "versions")
KNOWN: Final = (*dict.fromkeys((*_FLAGS, *_KEYS)),)


def _take(word: Word, fields: dict[str, Option], *, ours_alone: bool) -> str | None:
    """Add what the word says to `fields`; or what is wrong with it."""
    key = word.key.replace("-", "_")
    if word.value is None and key in _FLAGS:
        field, value = _FLAGS[key]
        return _set(fields, field, Option(Node(value, word.line, word.column), word.key))
    if word.value is not None and key in _KEYS:
        stated = _listed(word.value) if key == "versions" else word.value
        return _set(fields, key, Option(stated, word.key))
    if key in _KEYS:
        return f"'{key}' needs a value; write {key}=..."
    if key in _FLAGS:
        return f"'{key}' takes no value; write {key} alone"
    if not ours_alone and _is_of_another(word):
        return None
    return f"unknown option '{one_line(word.text, limit=60)}'; {choice(word.key, KNOWN)}"


def _listed(value: Node) -> Node:
    """`3.9,3.14` as a manifest's list of texts."""
    items = [Node(item.strip(), value.line, value.column) for item in value.text.split(",") if item]
    return Node(items, value.line, value.column)


def _set(fields: dict[str, Option], field: str, option: Option) -> str | None:
    first = fields.setdefault(field, option)
    if first.value.value == option.value.value:
        return None
    there = f"'{first.word}' on line {first.value.line}"
    return f"'{option.word}' stands beside {there}; keep one of them"


def _is_of_another(word: Word) -> bool:
    if _NEVER_OURS.fullmatch(word.key) or word.key in _OTHERS:
        return True
    return not _LIKE_OURS.fullmatch(word.key) and near(word.key, KNOWN) is None


_LIKE_OURS: Final = re.compile(r"[a-z_-]+")
_NEVER_OURS: Final = re.compile(
    r"[^A-Za-z]?|edition\d+|[EC]\d+|ignore-.+|data-.+|fig-.+|.*[^\w-].*|[^A-Za-z].*", re.DOTALL
)
# Words of MkDocs, Material, Docusaurus, VitePress, Expressive Code, Sphinx and MyST, mdBook,
# rustdoc, Pandoc, Quarto, Hugo, runme, markdown-exec and twoslash, in lower case.
# fmt: off
_OTHERS: Final = frozenset({
    "anchor_linenums", "anchorlinenos", "background", "caption", "category", "class", "collapse",
    "collapsed", "collapsible", "commonjs", "copy", "custom", "cwd", "del", "demo", "diff",
    "download", "echo", "editable", "edition", "emphasize-lines", "encoding", "env", "esm",
    "eval", "example", "excludefromrunall", "exec", "executable", "expandable", "expanded",
    "file", "filename", "focus", "fold", "folded", "frame", "from", "group", "guesslang",
    "hidden", "hide", "hidelines", "highlight", "hl-lines", "hl_lines", "href", "html", "icon",
    "id", "include", "info", "ins", "interactive", "jsx", "label", "lang", "language", "lexer",
    "line-numbers", "lineanchors", "lineno", "lineno-match", "lineno-start", "linenos",
    "linenos-start", "linenostart", "linenumbers", "linenums", "lines", "lint", "live",
    "location", "mark", "max-height", "message", "meta", "mimetype", "mkdocs", "module",
    "name-of", "new", "no-copy", "no-line-numbers", "no-lint", "nocopy", "nofold", "noheader",
    "noinline", "nolinenums", "nolint", "nonumber", "nonumbers", "noplayground", "noplaypen",
    "norender", "nowrap", "number", "numberlines", "offset", "path", "playground", "playpen",
    "preview", "prompt", "promptenv", "pygments_style", "range", "readonly", "render",
    "render-whitespace", "result", "returncode", "runnable", "scroll", "source", "src",
    "standalone", "standalone_crate", "start", "startfrom", "startline", "static", "style",
    "sync", "tab", "tabs", "terminal", "terminalrows", "test", "test_harness", "theme", "title",
    "to", "tooltip", "transform", "twoslash", "update", "url", "use_pygments", "user", "warning",
    "width", "workdir", "wrap",
})
# fmt: on
