"""What each command loads: it starts as fast as it can without all that it does not need."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

COMMAND: Final = """\
import sys
from runner.cli import main
try:
    main(sys.argv[1:])
finally:
    print(*sys.modules)
"""
PIPELINE: Final = {"pydantic", "runner.manifest", "runner.model", "yaml"}
FOR_DOCUMENTS: Final = {"markdown_it", "runner.markdown"}
FOR_FOLDERS: Final = {"pathspec"}
FOR_PATTERNS: Final = {"regex"}
FOR_RUNS: Final = {"docker", "http.client", "junit_xml", "rich", "runner.execute"}


def loaded(*words: str) -> set[str]:
    """The modules that are loaded when the command has done its work."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *words],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    path = tmp_path / "m.yml"
    path.write_text("- {language: bash, code: echo a, expected_output: a}\n")
    return str(path)


def test_help_loads_nothing_of_the_pipeline() -> None:
    found = loaded("--help")

    assert "runner.flags" in found
    assert found & PIPELINE == set()


@pytest.mark.parametrize("words", [("validate",), ("--list",)], ids=" ".join)
def test_a_manifest_is_read_without_what_documents_folders_and_runs_need(
    manifest: str, words: tuple[str, ...]
) -> None:
    found = loaded(*words, manifest)

    assert found >= PIPELINE
    assert found & (FOR_DOCUMENTS | FOR_FOLDERS | FOR_PATTERNS | FOR_RUNS) == set()


def test_a_document_needs_the_parser_of_documents(tmp_path: Path) -> None:
    document = tmp_path / "d.md"
    document.write_text("```bash\necho a\n```\n")

    assert loaded("validate", str(document)) >= FOR_DOCUMENTS


def test_no_plugin_of_another_package_is_looked_for(
    manifest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = tmp_path / "other-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text("[pydantic]\nother = other:plugin\n")
    (tmp_path / "other.py").write_text("plugin = None\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert "other" not in loaded("validate", manifest)
