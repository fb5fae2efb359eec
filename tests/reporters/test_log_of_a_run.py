"""The whole log of a run on GitHub: of all that it holds only the report's own is obeyed."""

from io import StringIO

from hypothesis import example, given
from hypothesis import strategies as st

from reporters.log_parsers import obeyed
from reporters.reports import HOSTILE, NAME, exited, report, result
from runner.model import Ending, Outcome, Report
from runner.progress import PlainProgress
from runner.reporters.github import problems, render

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


def progress_of(some: Report, *, said: str) -> str:
    """All that is told while it runs, an image and a build that fail with these words among it."""
    stream = StringIO()
    progress = PlainProgress(len(some.results), stream=stream, verbose=True)
    progress.pulling(said)
    progress.building(said)
    progress.not_built(said, said.split("\n"))
    for one in some.results:
        progress.started(one.name)
        progress.finished(one)
    return stream.getvalue()


@given(ANY_TEXT, ANY_TEXT)
@example(HOSTILE, NAME)
@example("::add-mask::x", "##[add-mask]x")
@example("\r::error::x", " \u2028##[error]x")
@example("::stop-commands::x", "::x::")
def test_nothing_but_the_reports_own_commands_is_obeyed(text: str, other: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    failed = result(other, exited(raw, raw, code=2), path=text)
    lost = result(text, Outcome(ending=Ending.SANDBOX_ERROR, reason=other), path=other)
    some = report(failed, lost)

    alone, whole = render(some), progress_of(some, said=text) + render(some)

    assert [command.name for command in obeyed(whole)] == [
        command.name for command in obeyed(alone)
    ]


@given(st.lists(ANY_TEXT, max_size=5))
@example(["::add-mask::x", "a.yml:1:2: ##[add-mask]x", "a.yml:3:4: \r::add-mask::x"])
def test_of_a_manifests_problems_only_the_annotations_are_obeyed(texts: list[str]) -> None:
    told = obeyed(problems(texts))

    tokens = {command.data for command in told if command.name == "stop-commands"}
    assert {command.name for command in told} <= {"error", "stop-commands"} | tokens
    assert all(len(token) == 32 and token.isalnum() for token in tokens)
