"""The manifest that `init` writes."""

from pathlib import Path

import pytest

from runner.cli import main
from runner.first import write_first
from runner.reading import read


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_written_is_a_valid_manifest_that_editors_know() -> None:
    write_first(Path("snippets.yml"))

    assert [snippet.name for snippet in read(["snippets.yml"]).snippets] == [
        "greets",
        "fails as documented",
    ]
    assert Path("snippets.yml").read_text().startswith("# yaml-language-server: $schema=https://")


def test_the_command_says_what_to_do_next(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["init"])

    assert code == 0
    assert "next: python -m runner snippets.yml " in capsys.readouterr().out


def test_what_is_there_is_left_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.yml").write_text("mine")

    code = main(["init", "mine.yml"])

    assert code == 2
    assert capsys.readouterr().err.startswith("mine.yml: is there already")
    assert Path("mine.yml").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.yml", "b.yml"], "exec-action: init writes one manifest; name one"),
        (["a.txt"], "a.txt: a manifest's name ends with .yml or .yaml, as in snippets.yml"),
        (["no/a.yml"], "no/a.yml: cannot be written: no such file or directory"),
        (["a\0.yml"], "a\0.yml: cannot be written: embedded null byte"),
    ],
    ids=["two", "no manifest", "no folder", "no path"],
)
def test_what_cannot_be_written_is_said(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["init", *words])

    assert code == 2
    assert capsys.readouterr().err == f"{message}\n"


def test_markdown_with_snippets_is_named_and_read() -> None:
    Path("docs/deep").mkdir(parents=True)
    Path("README.md").write_text("# One\n\n```python\nprint(1)\n```\n")
    Path("docs/deep/a.md").write_text("# Two\n\n- ~~~~ sh\n  echo 2\n")
    Path("CHANGELOG.md").write_text("Text with `python` in it.\n\n```\nuntagged\n```\n")

    told = write_first(Path("snippets.yml"))

    found = read(["snippets.yml"])
    assert told.startswith("snippets.yml is written, with the snippets of README.md, docs/\n")
    assert [snippet.name for snippet in found.snippets][2:] == ["One 1", "Two 1"]
    assert "CHANGELOG" not in Path("snippets.yml").read_text()


@pytest.mark.parametrize("name", ['a "b" #c.md', "- x: y.md", "{}.md"])
def test_a_document_of_any_name_is_named_and_read(name: str) -> None:
    Path(name).write_text("# One\n\n```python\nprint(1)\n```\n")

    write_first(Path("snippets.yml"))

    assert len(read(["snippets.yml"]).snippets) == 3
