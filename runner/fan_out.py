"""From a snippet of several versions to one snippet for each; pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from runner.model import Snippet


def fan_out(snippets: Iterable[Snippet]) -> Iterator[Snippet]:
    """Each snippet, or in its place one for each of its versions, in their order.

    One that is a version of a snippet already stays as it is.
    """
    for snippet in snippets:
        if snippet.versions and snippet.version is None:
            yield from (_at(snippet, version) for version in snippet.versions)
        else:
            yield snippet


def _at(snippet: Snippet, version: str) -> Snippet:
    return replace(snippet, language=snippet.language.at(version), version=version)
