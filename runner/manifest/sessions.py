"""Rules between the snippets of one file: names are unique, and a session's members agree."""

from collections.abc import Iterator, Mapping

from runner.model import Snippet
from runner.yaml_reader import Location


def name_clashes(snippets: Mapping[int, Snippet]) -> Iterator[tuple[int, str]]:
    """The positions of snippets some result of which has the name of another snippet's."""
    owners: dict[str, Snippet] = {}
    for index, snippet in snippets.items():
        for case in snippet.cases:
            name = f"{snippet.name} / {case.name}" if case.name else snippet.name
            first = owners.setdefault(name, snippet)
            if first is not snippet:
                at = f"{first.source.line}:{first.source.column}"
                yield index, f"the snippet at {at} has the name '{name}' too; choose another"
                break


def disagreements(snippets: Mapping[int, Snippet]) -> Iterator[tuple[Location, str]]:
    """Where members of a session state what keeps them out of the sandbox of its first one."""
    firsts: dict[str, Snippet] = {}
    for index, snippet in snippets.items():
        if snippet.session is None:
            continue
        first = firsts.setdefault(snippet.session, snippet)
        expected = _shared(first)
        for field, (what, value) in _shared(snippet).items():
            if value != expected[field][1]:
                at = f"{first.source.line}:{first.source.column}"
                message = (
                    f"{what} {value} differs from {expected[field][1]} of the snippet at {at}; "
                    f"the members of session '{snippet.session}' share one sandbox"
                )
                yield (index, field), message


def _shared(snippet: Snippet) -> dict[str, tuple[str, object]]:
    """By field: what members must agree in, and what this one has."""
    limits = snippet.limits
    return {
        "language": ("image", snippet.language.image_reference),
        "memory": ("memory", limits.memory),
        "cpus": ("cpus", "all" if limits.cpus is None else limits.cpus),
        "pids": ("pids", limits.pids),
        "disk": ("disk", limits.disk),
        "isolation": ("isolation", snippet.isolation.value),
    }
