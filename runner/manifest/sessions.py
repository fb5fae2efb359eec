"""Rules between the snippets of one file: names are unique, and a session's members agree."""

from collections.abc import Iterator, Mapping, Sequence

from runner.fan_out import fan_out
from runner.model import Snippet, case_name
from runner.yaml_reader import Location


def name_clashes(snippets: Mapping[int, Snippet]) -> Iterator[tuple[int, str]]:
    """The positions of snippets some result of which has the name of another snippet's."""
    owners: dict[str, Snippet] = {}
    for index, snippet in snippets.items():
        for name in _names(snippet):
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
        expected = _shared(first, first.versions)
        for field, (what, value) in _shared(snippet, first.versions).items():
            if value != expected[field][1]:
                at = f"{first.source.line}:{first.source.column}"
                message = (
                    f"{what} {value} differs from {expected[field][1]} of the snippet at {at}; "
                    f"the members of session '{snippet.session}' share one sandbox"
                )
                yield (index, field), message


def _names(snippet: Snippet) -> Iterator[str]:
    for version in fan_out([snippet]):
        yield from (case_name(version, case) for case in version.cases)


def _shared(snippet: Snippet, versions: Sequence[str]) -> dict[str, tuple[str, object]]:
    """By field: what members must agree in, and what this one has.

    Where the first one has `versions`, all need the same images at each.
    """
    limits, language = snippet.limits, snippet.language
    return {
        "versions": ("list of versions", f"[{', '.join(snippet.versions)}]"),
        "language": ("image", language.image if versions else language.image_reference),
        "memory": ("memory", limits.memory),
        "cpus": ("cpus", "all" if limits.cpus is None else limits.cpus),
        "pids": ("pids", limits.pids),
        "disk": ("disk", limits.disk),
        "isolation": ("isolation", snippet.isolation.value),
    }
