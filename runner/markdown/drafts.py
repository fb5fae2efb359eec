"""A document's parts -> drafts of its snippets, in order, and what is wrong with their options."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from runner.languages import find
from runner.manifest.rows import Rows
from runner.markdown.entries import (
    Entry,
    content_place,
    entry,
    entry_of_command,
    with_output,
)
from runner.markdown.fences import Fence, Heading, Page
from runner.markdown.names import Names
from runner.markdown.options import Fault, Option, Options, options
from runner.markdown.saves import Save, refused
from runner.markdown.transcripts import commands, is_transcript
from runner.text import one_line
from runner.yaml_reader import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A snippet to be: its entry, and what no manifest can say."""

    name: str
    fence: Fence
    entry: Entry
    place: tuple[int, int]
    """Of its fence, or of its prompt."""
    transcript: bool = False

    @property
    def session(self) -> str | None:
        """Its session, however it came by it."""
        stated = self.entry.get("session")
        return None if stated is None else stated.text


def quoted(fence: Fence) -> str:
    """The fence as its message quotes it."""
    return f"; the fence is '{one_line(fence.opening, limit=80)}'"


@dataclass(slots=True, kw_only=True)
class Drafts:
    """What the parts read so far have come to."""

    rows: Rows
    names: Names
    only_marked: bool = False
    drafts: list[Draft] = field(default_factory=list)
    saves: list[tuple[Save, Fence]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _latest: dict[str, int] = field(default_factory=dict)
    """Of each language, the index of its last draft."""
    _awaiting: bool = False
    """Whether the next fence may be the output of the last draft."""

    def add(self, fence: Fence, said: Options) -> None:
        """Read one fence."""
        awaiting, self._awaiting = self._awaiting, False
        word = _known(said.language, self.rows)
        if "save" in said.fields:
            self._save(fence, said)
        elif _is_output(said):
            if awaiting and "skip" not in said.fields:
                last = self.drafts[-1]
                self.drafts[-1] = replace(last, entry=with_output(last.entry, fence))
        elif word is None:
            self._untouched(fence, said)
        elif said.fields or not self.only_marked:
            self._snippet(fence, said, word)

    def _snippet(self, fence: Fence, said: Options, word: str) -> None:
        language = _TRANSCRIPTS.get(word, word)
        row = _row(language, self.rows)
        of_terminal = word in _TRANSCRIPTS or is_transcript(row, fence.content)
        found = commands(row, fence.content) if of_terminal else []
        if of_terminal and not found:
            return
        stated = said.fields.get("name")
        name = stated.value.text if stated else self.names.next()
        owner = f"snippet '{one_line(name, limit=60)}'"
        self._blame(owner, fence, said.faults)
        fields = self._joined(fence, said.fields, owner, row)
        if of_terminal:
            fields = self._of_terminal(fence, fields, owner)
            for number, command in enumerate(found):
                own = name if not number else self._following(name, stated=stated is not None)
                self._append(
                    Draft(
                        name=own,
                        fence=fence,
                        entry=entry_of_command(command, fence, fields, name=own, language=language),
                        place=content_place(fence, command.line),
                        transcript=True,
                    ),
                    row,
                )
        else:
            entered = entry(fence, fields, name=name, language=language)
            place = fence.line, fence.column
            self._append(Draft(name=name, fence=fence, entry=entered, place=place), row)
            self._awaiting = True

    def _append(self, draft: Draft, row: str) -> None:
        self._latest[row] = len(self.drafts)
        self.drafts.append(draft)

    def _of_terminal(
        self, fence: Fence, stated: Mapping[str, Option], owner: str
    ) -> dict[str, Option]:
        """The fields for each command of a transcript, which have a session in any case."""
        for key, (value, word) in stated.items():
            if key not in _OF_TRANSCRIPTS:
                message = f"'{word}' has no meaning for a terminal's transcript; leave it out"
                self._blame(owner, fence, [Fault(value.line, value.column, message)])
        start = Node(f"line-{fence.line}", fence.line, fence.column)
        fields = {"session": Option(start, "session"), **stated}
        return {key: option for key, option in fields.items() if key in _OF_TRANSCRIPTS}

    def _following(self, name: str, *, stated: bool) -> str:
        """The name of a transcript's command after the first, which has `name`."""
        return self.names.numbered(name, least=2) if stated else self.names.next()

    def _joined(
        self, fence: Fence, stated: Mapping[str, Option], owner: str, row: str
    ) -> dict[str, Option]:
        """The fields, with a session in the place of `continues`."""
        fields = dict(stated)
        wanted = fields.pop("continues", None)
        if wanted is None:
            return fields
        line, column = wanted.value.line, wanted.value.column
        if "session" in fields:
            message = "'continues' stands beside 'session'; keep one of them"
            self._blame(owner, fence, [Fault(line, column, message)])
        elif row not in self._latest:
            message = f"'continues': no {row} snippet stands before this one; leave it out"
            self._blame(owner, fence, [Fault(line, column, message)])
        else:
            session = self._session_of(self._latest[row])
            fields["session"] = Option(Node(session, line, column), "continues")
        return fields

    def _session_of(self, at: int) -> str:
        """The session of an earlier draft, which begins one where it had none."""
        draft = self.drafts[at]
        if draft.session is not None:
            return draft.session
        session = f"line-{draft.place[0]}"
        node = Node(session, *draft.place)
        self.drafts[at] = replace(draft, entry={**draft.entry, "session": node})
        return session

    def _save(self, fence: Fence, said: Options) -> None:
        wanted, session = said.fields["save"].value, said.fields.get("session")
        name = wanted.text
        owner = f"file '{one_line(name, limit=60)}'"
        self._blame(owner, fence, said.faults)
        for key, (value, word) in said.fields.items():
            if key not in ("save", "session"):
                message = f"'{word}' stands beside 'save'; what is stored is not run"
                self._blame(owner, fence, [Fault(value.line, value.column, message)])
        problem = refused(name, [save for save, _ in self.saves])
        if problem is not None:
            self._blame(owner, fence, [Fault(wanted.line, wanted.column, f"save: {problem}")])
            return
        save = Save(
            name=name,
            content=fence.content.encode(),
            session=None if session is None else session.value.text,
            after=len(self.drafts),
        )
        self.saves.append((save, fence))

    def _untouched(self, fence: Fence, said: Options) -> None:
        """A fence of no known language: what only a comment can ask of it, it can't do."""
        if fence.comments and said.fields.keys() - {"skip"} and not _in_info(fence, said):
            known = ", ".join(self.rows.table)
            message = f"a comment has options for a fence without a known language; known: {known}"
            self.faults.append(Fault(fence.line, fence.column, message + quoted(fence)))

    def _blame(self, owner: str, fence: Fence, faults: Iterable[Fault]) -> None:
        for fault in faults:
            message = f"{owner}: {fault.message}{quoted(fence)}"
            self.faults.append(Fault(fault.line, fault.column, message))


def drafts(page: Page, rows: Rows, *, title: str, only_marked: bool = False) -> Drafts:
    """The drafts of all snippets of a document; `title` is its name for want of a heading."""
    said = {id(fence): options(fence) for fence in page.fences}
    stated = [one.fields["name"].value.text for one in said.values() if "name" in one.fields]
    names = Names(frozenset(stated), title)
    found = Drafts(rows=rows, names=names, only_marked=only_marked)
    for part in page.parts:
        match part:
            case Heading():
                names.under(part.text)
            case Fence():
                found.add(part, said[id(part)])
    return found


_TRANSCRIPTS: Final = {
    **dict.fromkeys(
        ("console", "shell-session", "shellsession", "bash-session", "sh-session"), "bash"
    ),
    **dict.fromkeys(("pycon", "python-console", "doctest"), "python"),
}
_OF_TRANSCRIPTS: Final = ("name", "session", "timeout", "skip", "xfail")
_TEXT: Final = ("text", "console", "txt", "plaintext")


def _known(word: str, rows: Rows) -> str | None:
    """The word as the table or a transcript's reader has it; None where neither does."""
    for form in dict.fromkeys((word, word.lower(), word.partition(":")[0].lower())):
        if _is_in(form, rows) or form.partition("@")[0] in rows.broken or form in _TRANSCRIPTS:
            return form
    return None


def _is_in(word: str, rows: Rows) -> bool:
    name = word.partition("@")[0]
    return name in rows.table or any(name in row.aliases for row in rows.table.values())


def _row(word: str, rows: Rows) -> str:
    """The name of the word's row; the word where that is broken."""
    name = word.partition("@")[0]
    return find(name, rows.table).name if _is_in(name, rows) else name


def _is_output(said: Options) -> bool:
    return said.language == "output" or (said.language in _TEXT and said.second == "output")


def _in_info(fence: Fence, said: Options) -> bool:
    """Whether any option stands on the info string, where it may be another tool's."""
    return any(option.value.line == fence.line for option in said.fields.values())
