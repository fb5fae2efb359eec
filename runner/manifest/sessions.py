"""Rules between the snippets of one file: names are unique, and a session's members agree."""

from collections.abc import Iterable, Iterator

from runner.model import Snippet



def name_clashes(snippets: Iterable[Snippet]) -> Iterator[tuple[Snippet, str]]:
    """Snippets some result of which has the name of another snippet's."""
    owners: dict[str, Snippet] = {}
    for snippet in snippets:
        for case in snippet.cases:
            name = f"{snippet.name} / {case.name}" if case.name else snippet.name
            first = owners.setdefault(name, snippet)
            if first is not snippet:
                at = f"{first.source.line}:{first.source.column}"
                yield snippet, f"the snippet at {at} has the name '{name}' too; choose another"
                break


def disagreements(snippets: Iterable[Snippet]) -> Iterator[tuple[Snippet, str]]:
    """Members of a session that cannot share a sandbox with its first one."""
    firsts: dict[str, Snippet] = {}
    for snippet in snippets:
        if snippet.session is None:
            continue
        first = firsts.setdefault(snippet.session, snippet)
        for what, value in _shared(snippet).items():
            other = _shared(first)[what]
            if value != other:
                at = f"{first.source.line}:{first.source.column}"
                yield snippet, (
                    f"{what} {value} differs from {other} of the snippet at {at}; "
                    f"members of session '{snippet.session}' share one sandbox"
                )


def _shared(snippet: Snippet) -> dict[str, object]:
    limits = snippet.limits
    return {
        "image": snippet.language.image_reference,
        "memory": limits.memory,
        "cpus": "all" if limits.cpus is None else limits.cpus,
        "pids": limits.pids,
        "disk": limits.disk,
        "isolation": snippet.isolation.value,
    }
