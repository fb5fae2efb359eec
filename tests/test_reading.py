"""What the command line names, and what is read for it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.cli import main
from runner.errors import UsageError
from runner.reading import read

FENCE = "# Tour\n\n```python\nprint(1)\n```\n"
MANIFEST = "- {language: python, code: print(1)}\n"
Files = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Writes files into the current folder, by path with `__` for `/` and `_md` for `.md`."""
    monkeypatch.chdir(tmp_path)

    def write(**texts: str) -> None:
        for name, text in texts.items():
            path = Path(name.replace("__", "/").replace("_snippets", ".snippets"))
            path = Path("/".join([*path.parts[:-1], path.name.replace("_", ".")]))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return write


def _files(*paths: str) -> list[str]:
    return [str(file) for file in read(paths).files]


def test_a_folder_is_its_documents_and_manifests_in_order(write: Files) -> None:
    write(b_md=FENCE, a_mdx=FENCE, c_MD=FENCE, d_yml=MANIFEST, e_snippets_yaml=MANIFEST)
    write(a__x_markdown=FENCE, a__z_snippets_yml=MANIFEST, b__y_txt=FENCE, node_modules__n_md=FENCE)

    found = _files(".")

    assert found == [
        *("a.mdx", "b.md", "c.MD", "e.snippets.yaml"),
        *("a/x.markdown", "a/z.snippets.yml"),
    ]


def test_what_git_ignores_is_left_out(write: Files) -> None:
    write(docs__a_md=FENCE, docs__build__b_md=FENCE, docs__c_tmp_md=FENCE, docs__in__d_md=FENCE)
    write(docs__in__e_tmp_md=FENCE)
    Path(".git").mkdir()
    Path(".gitignore").write_text("build/\n*.tmp.md\n")
    Path("docs/in/.gitignore").write_text("!e.tmp.md\n")

    assert _files("docs") == ["docs/a.md", "docs/in/d.md", "docs/in/e.tmp.md"]


def test_what_is_named_is_read_whatever_git_ignores(write: Files) -> None:
    write(build__a_md=FENCE)
    Path(".git").mkdir()
    Path(".gitignore").write_text("build/\n")

    assert _files("build", "build/a.md") == ["build/a.md"]


def test_links_in_a_folder_are_not_followed(write: Files) -> None:
    write(docs__a_md=FENCE, b_md=FENCE)
    Path("docs/up").symlink_to("..")
    Path("docs/b.md").symlink_to("../b.md")

    assert _files("docs") == ["docs/a.md"]


def test_a_folder_deeper_than_any_stack_is_walked(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(900):
        os.mkdir("d", dir_fd=here)
        here, outer = os.open("d", os.O_RDONLY, dir_fd=here), here
        os.close(outer)
    with os.fdopen(os.open("a.md", os.O_WRONLY | os.O_CREAT, dir_fd=here), "w") as file:
        file.write(FENCE)

    assert len(read([str(tmp_path)]).snippets) == 1


def test_each_file_is_read_once(write: Files) -> None:
    write(docs__a_md=FENCE)

    assert _files("docs/a.md", "docs", "./docs/../docs/a.md") == ["docs/a.md"]


def test_a_manifest_gives_its_documents_what_it_says(write: Files) -> None:
    write(docs__a_md=f"{FENCE}```python timeout=3\n```\n", b_md=FENCE)
    write(m_yml="defaults: {timeout: 7}\ndocuments: [b.md, {path: docs, only: marked}]\n")

    found = read(["b.md", "m.yml"]).snippets

    assert [(s.source.path, s.source.line, s.cases[0].timeout) for s in found] == [
        ("b.md", 3, 7),
        ("docs/a.md", 6, 3),
    ]


def test_a_manifests_snippets_stand_before_its_documents(write: Files) -> None:
    write(b_md=FENCE, m_yml=f"documents: [b.md]\nsnippets:\n{MANIFEST}")

    assert [s.source.path for s in read(["m.yml"]).snippets] == ["m.yml", "b.md"]


def test_the_problems_of_all_files_are_told_at_once(write: Files) -> None:
    write(a_md="```python timeout=0\n```\n", b_yml="- {language: pyton, code: x}\n")
    write(c_yml="documents: [empty, b.yml]\n")
    Path("empty").mkdir()

    with pytest.raises(UsageError) as refused:
        read(["a.md", "b.yml", "c.yml", "d.md", "empty", "e\0.md"])

    assert [problem.split(": ")[0] for problem in refused.value.problems] == [
        *("b.yml:1:14", "c.yml:1:13", "c.yml:1:20"),
        *("empty", "a.md:1:19", "d.md", "PosixPath('e\\x00.md')"),
    ]


def test_a_document_without_snippets_is_none_of_a_problem(write: Files) -> None:
    write(a_md="# Nothing\n")

    assert read(["a.md"]).snippets == ()


def test_nothing_at_all_is_nothing_to_run(write: Files, capsys: pytest.CaptureFixture[str]) -> None:
    write(a_md="# Nothing\n")

    assert main(["a.md"]) == 2
    assert "nothing to run: there is no snippet in any of these files" in capsys.readouterr().err


def test_validate_counts_files_and_snippets(
    write: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    write(docs__a_md=FENCE, docs__b_md="# Nothing\n")

    assert main(["validate", "docs"]) == 0
    assert capsys.readouterr().out == "2 files, 1 snippet, 1 case: all valid\n"


def test_files_outside_are_named_only_by_leave(write: Files) -> None:
    write(m__a_yml="documents: [../b.md]\n", b_md=FENCE)

    with pytest.raises(UsageError):
        read(["m/a.yml"])

    assert len(read(["m/a.yml"], allow_outside=True).snippets) == 1


def test_the_image_set_of_the_command_line_beats_all(write: Files) -> None:
    write(a_md=f"---\nsnippets: {{images: classic}}\n---\n{FENCE}")

    (snippet,) = read(["a.md"], images="current").snippets

    assert snippet.language.image_reference == "python:3.14-slim"
