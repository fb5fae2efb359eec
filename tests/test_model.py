"""The nouns' own few rules."""

from dataclasses import replace

from snippets import bash

from runner.judge import judge
from runner.model import Ending, Outcome, Result, Source, in_file_order


def test_results_stand_as_their_snippets_do_in_their_files() -> None:
    places = [("b.md", 1), ("b.md", 9), ("b.md", 5), ("a.md", 7), ("a.md", 2), ("b.md", 5)]

    found = in_file_order(result(path, line) for path, line in places)

    assert [(one.snippet.source.path, one.snippet.source.line) for one in found] == [
        *(("b.md", 1), ("b.md", 5), ("b.md", 5), ("b.md", 9)),
        *(("a.md", 2), ("a.md", 7)),
    ]


def test_equal_places_keep_their_order() -> None:
    found = [replace(result("a.md", 1), position=at) for at in range(5)]

    assert [one.position for one in in_file_order(found)] == [0, 1, 2, 3, 4]


def result(path: str, line: int) -> Result:
    snippet = replace(bash(""), source=Source(path=path, line=line))
    return judge(snippet, snippet.cases[0], Outcome(ending=Ending.EXITED, exit_code=0))
