"""One file: from who is held to what, to a text that reads as before but for what is rewritten."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeAlias

from runner.errors import UsageError
from runner.model import Case, Expectation, Snippet, Source, TextExpectation
from runner.update.decisions import addition, decided
from runner.update.edits import Edit, LeftAlone, apply
from runner.update.uses import Use, all_hold, by_place, by_snippet

Read: TypeAlias = Callable[[str], Sequence[Snippet]]
"""The snippets of a text in place of the file's; UsageError where it is wrong."""
NOWHERE: Final = Source(path="", line=0)
_TRIALS: Final = 32
"""So often is a file read again to find out which of its edits do harm."""


class Form(Protocol):
    """How expectations are written in a file of one kind."""

    def complete(self, edit: Edit, group: Sequence[Use]) -> Edit:
        """`edit` with its splices; LeftAlone where there are none."""


Add: TypeAlias = Callable[[Snippet, str], Edit]
"""An output for a snippet that has none; LeftAlone where there is no place for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An expectation that does not hold and is left alone, and why."""

    place: Source
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: {self.name}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A file's text with the edits that made it, and what was left alone."""

    text: str
    edits: tuple[Edit, ...]
    kept: tuple[Kept, ...]


def rewrite(
    text: str, read: Read, found: Sequence[Use], form: Form, *, add: Add | None
) -> Rewritten:
    """`text` with every expectation rewritten that can be, read again and compared.

    With `add` those that are missing are added.
    """
    edits, kept = _edits(found, form)
    if add is not None:
        more, left = _additions(found, add)
        edits, kept = edits + more, kept + left
    good = _Trial(text, read).surviving(edits) if edits else []
    kept += _lost(found, edits, good)
    return Rewritten(text=_applied(text, good), edits=tuple(good), kept=tuple(kept))


def _edits(found: Sequence[Use], form: Form) -> tuple[list[Edit], list[Kept]]:
    edits: list[Edit] = []
    kept: list[Kept] = []
    for place, group in by_place(found).items():
        broken = next((use for use in group if use.broken), None)
        if broken is None or not _own(group):
            continue
        try:
            edit = Edit(place=place, becomes=decided(group), splices=())
            edits.append(form.complete(edit, group))
        except LeftAlone as why:
            kept.append(Kept(place=place, name=broken.name, why=str(why)))
    return edits, kept


def _additions(found: Sequence[Use], add: Add) -> tuple[list[Edit], list[Kept]]:
    """Outputs for snippets that passed, printed something and say nothing of it."""
    edits: list[Edit] = []
    kept: list[Kept] = []
    for group in by_snippet(found).values():
        use = group[0]
        try:
            glob = addition(group)
            if glob:
                edits.append(add(use.snippet, glob))
        except LeftAlone as why:
            kept.append(Kept(place=use.snippet.source, name=use.name, why=str(why)))
    return edits, kept


def _own(group: Sequence[Use]) -> bool:
    """Whether what is broken is said by the place itself, not by the file that it names."""
    expected = group[0].expected
    return not all_hold(group, replace(expected, file=None))


class _Trial:
    """Edits put to the test: they may change nothing but what they are meant to."""

    def __init__(self, text: str, read: Read) -> None:
        self._text, self._read = text, read
        self._before = read(text)
        self._left = _TRIALS

    def surviving(self, edits: list[Edit]) -> list[Edit]:
        """All of them, as a rule; else as many as can be found by halving."""
        if self._is_as_meant(edits):
            return edits
        if len(edits) == 1:
            return []
        half = len(edits) // 2
        first = self.surviving(edits[:half])
        both = first + self.surviving(edits[half:])
        return both if len(both) == len(first) or self._is_as_meant(both) else first

    def _is_as_meant(self, edits: Sequence[Edit]) -> bool:
        self._left -= 1
        if self._left < 0:
            return False
        try:
            after = self._read(_applied(self._text, edits))
        except (UsageError, ValueError):
            return False
        changes = {edit.place: edit.becomes for edit in edits if not edit.adds}
        additions = {edit.place: edit.becomes for edit in edits if edit.adds}
        wanted = [_placeless(_with_output(one, additions), changes) for one in self._before]
        return _by_session(wanted) == _by_session([_placeless(one, {}) for one in after])


def _applied(text: str, edits: Sequence[Edit]) -> str:
    return apply(text, (splice for edit in edits for splice in edit.splices))


def _placeless(snippet: Snippet, changes: Mapping[Source, TextExpectation]) -> Snippet:
    """`snippet` with `changes` made, and without the places that these move."""
    cases = tuple(_placeless_case(case, changes) for case in snippet.cases)
    return replace(snippet, source=NOWHERE, code_source=NOWHERE, cases=cases)


def _by_session(snippets: Sequence[Snippet]) -> list[Snippet]:
    """`snippets` with sessions called by their first member: a document may call them by lines."""
    firsts: dict[str, str] = {}
    for number, snippet in enumerate(snippets):
        if snippet.session is not None:
            firsts.setdefault(snippet.session, str(number))
    return [replace(s, session=firsts[s.session]) if s.session else s for s in snippets]


def _with_output(snippet: Snippet, additions: Mapping[Source, TextExpectation]) -> Snippet:
    """`snippet` with the output that was missing."""
    if snippet.source not in additions:
        return snippet
    stdout = additions[snippet.source]
    cases = (replace(case, expect=replace(case.expect, stdout=stdout)) for case in snippet.cases)
    return replace(snippet, cases=tuple(cases))


def _placeless_case(case: Case, changes: Mapping[Source, TextExpectation]) -> Case:
    def changed(expected: TextExpectation | None) -> TextExpectation | None:
        if expected is None or expected.source is None:
            return expected
        return changes.get(expected.source, expected)

    expect: Expectation = case.expect
    files = {path: changed(text) or text for path, text in expect.files.items()}
    stdout, stderr = changed(expect.stdout), changed(expect.stderr)
    return replace(
        case, source=NOWHERE, expect=replace(expect, stdout=stdout, stderr=stderr, files=files)
    )


def _lost(found: Sequence[Use], edits: Sequence[Edit], good: Sequence[Edit]) -> list[Kept]:
    names = {use.snippet.source: use.name for use in found}
    names |= {use.expected.source: use.name for use in found if use.expected.source is not None}
    survivors = {id(edit) for edit in good}
    why = "rewriting it would change something else of the file, or be read as something else"
    return [
        Kept(place=edit.place, name=names[edit.place], why=why)
        for edit in edits
        if id(edit) not in survivors
    ]
