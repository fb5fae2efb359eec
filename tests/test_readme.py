"""README names all that there is, and what it shows is valid."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from readme import CODE, MANIFESTS, ROOT, TEXT, WORDS

import runner
from runner.flags import ABOUT, FORMATS, parser
from runner.languages import CLASSIC, IMAGE_SETS
from runner.manifest import read, schema
from runner.model import Verdict

FLAGS = sorted(
    {
        flag
        for command in ABOUT
        for action in parser(command)._actions
        if action.help != argparse.SUPPRESS
        for flag in action.option_strings
    }
)
FIELDS = sorted(
    {field for entry in schema()["definitions"].values() for field in entry.get("properties", {})}
)
ALIASES = [alias for row in CLASSIC.values() for alias in (row.name, *row.aliases)]
IMAGES = sorted({row.image_reference for rows in IMAGE_SETS.values() for row in rows.values()})
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")])


@pytest.mark.parametrize("flag", FLAGS)
def test_readme_names_the_flag(flag: str) -> None:
    assert re.search(rf"(?<![\w-]){flag}(?![\w-])", CODE)


@pytest.mark.parametrize("command", [command for command in ABOUT if command != "run"])
def test_readme_names_the_command(command: str) -> None:
    assert f"python -m runner {command}" in CODE


@pytest.mark.parametrize("field", FIELDS)
def test_readme_names_the_field(field: str) -> None:
    assert field in WORDS


@pytest.mark.parametrize("verdict", Verdict)
def test_readme_says_what_the_verdict_means(verdict: Verdict) -> None:
    counts_as = "fine" if verdict.fine else "error" if verdict == "sandbox_error" else "failure"

    assert re.search(rf"^\| `{verdict}` \| .+ \| {counts_as} \|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("code", [0, 1, 2, 3, 70, 130])
def test_readme_says_what_the_exit_code_means(code: int) -> None:
    assert re.search(rf"^\| {code} \| .+ \|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("name", [*ALIASES, *IMAGES, *FORMATS, *runner.__all__])
def test_readme_names_the_language_image_format_or_function(name: str) -> None:
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", CODE)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda text: text.split("\n")[1].strip())
def test_a_manifest_in_readme_is_valid(manifest: str) -> None:
    assert read(ROOT / "README.md", text=manifest.encode())


def test_readme_shows_manifests() -> None:
    assert len(MANIFESTS) >= 4


def _links() -> Iterator[tuple[Path, str]]:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
            if "://" not in target:
                yield document, target


@pytest.mark.parametrize(
    ("document", "target"), list(_links()), ids=lambda part: getattr(part, "name", part)
)
def test_a_link_leads_somewhere(document: Path, target: str) -> None:
    path, _, heading = target.partition("#")
    aim = document.parent / path if path else document

    assert aim.exists()
    assert not heading or heading in _headings(aim)


def _headings(document: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
