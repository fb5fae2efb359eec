"""What a Dockerfile can take into an image: the same for the digest and for the archive."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from runner import context
from runner.context import ContextChanged, archive, digest


@pytest.fixture
def dockerfile(tmp_path: Path) -> Path:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM scratch\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/a.py").write_text("a = 1\n")
    (tmp_path / "lib/link").symlink_to("a.py")
    return path


def entries(dockerfile: Path) -> dict[str, tarfile.TarInfo]:
    sent = b"".join(archive(dockerfile, expected=digest(dockerfile)))
    with tarfile.open(fileobj=io.BytesIO(sent)) as read:
        return {entry.name: entry for entry in read.getmembers()}


def test_the_archive_holds_files_folders_and_links(dockerfile: Path) -> None:
    found = entries(dockerfile)

    assert sorted(found) == ["Dockerfile", "lib", "lib/a.py", "lib/link"]
    assert found["lib"].isdir()
    assert (found["lib/a.py"].size, found["lib/link"].linkname) == (6, "a.py")


def test_what_is_neither_file_nor_folder_nor_link_is_left_out(dockerfile: Path) -> None:
    os.mkfifo(dockerfile.with_name("pipe"))

    assert "pipe" not in entries(dockerfile)


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        (".dockerignore", "# all\n\nlib\n", [".dockerignore", "Dockerfile"]),
        (".dockerignore", "*\n!lib/a.py\n", [".dockerignore", "Dockerfile", "lib/a.py"]),
        ("Dockerfile.dockerignore", "lib\nDocker*", ["Dockerfile"]),
    ],
    ids=["a folder", "all but one", "the Dockerfile's own"],
)
def test_the_dockerignore_leaves_files_out(
    dockerfile: Path, name: str, text: str, left: list[str]
) -> None:
    dockerfile.with_name(name).write_text(text)

    assert sorted(entries(dockerfile)) == left


def test_the_digest_is_that_of_the_contents(dockerfile: Path) -> None:
    before = digest(dockerfile)

    dockerfile.touch()
    dockerfile.chmod(0o600)

    assert digest(dockerfile) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "lib/a.py").write_text("a = 2\n"),
        lambda folder: (folder / "lib/a.py").rename(folder / "lib/b.py"),
        lambda folder: (folder / "lib/a.py").chmod(0o755),
        lambda folder: (folder / "Dockerfile").write_text("FROM other\n"),
        lambda folder: (folder / "lib/new").mkdir(),
    ],
    ids=["contents", "name", "executable", "Dockerfile", "a folder more"],
)
def test_a_change_changes_the_digest(dockerfile: Path, change: object) -> None:
    before = digest(dockerfile)

    assert callable(change)
    change(dockerfile.parent)

    assert digest(dockerfile) != before


def test_files_that_are_not_those_of_the_digest_make_no_whole_archive(dockerfile: Path) -> None:
    pieces = archive(dockerfile, expected="of something else")

    with pytest.raises(ContextChanged):
        list(pieces)


def test_a_folder_that_is_too_large_is_an_error(
    dockerfile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "MAX_BYTES", 16)

    with pytest.raises(ValueError, match=r"more than .* MB or 50000 files; .* \.dockerignore"):
        digest(dockerfile)


def test_a_file_that_is_large_is_never_held_as_a_whole(dockerfile: Path) -> None:
    with dockerfile.with_name("large").open("wb") as file:
        file.truncate(8 * context._PIECE)

    sizes = [len(piece) for piece in archive(dockerfile, expected=digest(dockerfile))]

    assert max(sizes) == context._PIECE
    assert sum(sizes) > 8 * context._PIECE


def test_a_file_that_cannot_be_read_is_an_error(
    dockerfile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)

    with pytest.raises(ValueError, match=r"cannot be read: .*Permission denied"):
        digest(dockerfile)
