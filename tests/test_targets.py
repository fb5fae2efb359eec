"""Where reports go: checked before the run, written whole or not at all after it."""

import errno
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from reporters.reports import every_verdict, many
from rich.cells import cell_len

from runner.errors import UsageError
from runner.model import Report
from runner.options import View
from runner.reporters import REPORTERS, in_pieces
from runner.targets import Target, check, replace_file, write

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a disk")
NOT_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


@pytest.fixture
def junit(tmp_path: Path) -> Target:
    return Target(format="junit", path=tmp_path / "junit.xml")


@pytest.fixture
def umask() -> Iterator[None]:
    """Of 027, for the time of a test."""
    before = os.umask(0o027)
    yield
    os.umask(before)


def problems_of(*paths: Path | str) -> tuple[str, ...]:
    with pytest.raises(UsageError) as caught:
        check(Target(format="junit", path=Path(path)) for path in paths)
    return caught.value.problems


# ------------------------------------------------------------------ the check


def test_a_check_makes_folders_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "junit.xml"

    check([Target(format="junit", path=path), Target(format="table")])

    assert path.parent.is_dir()
    assert list(path.parent.iterdir()) == []


def test_a_check_leaves_an_old_report_as_it_is(junit: Target) -> None:
    assert junit.path is not None
    junit.path.write_text("old")

    check([junit])

    assert junit.path.read_text() == "old"
    assert list(junit.path.parent.iterdir()) == [junit.path]


def test_all_paths_that_cannot_be_written_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder, below_file = tmp_path, tmp_path / "file" / "junit.xml"
    long = tmp_path / ("x" * 300)

    assert problems_of(folder, below_file, long, tmp_path / "fine.xml") == (
        f"exec-action: cannot write the junit report to {folder}: Is a directory",
        f"exec-action: cannot write the junit report to {below_file}: Not a directory",
        f"exec-action: cannot write the junit report to {long}: File name too long",
    )


def test_a_place_where_no_file_can_be_made_is_named() -> None:
    (problem,) = problems_of("/proc/sys/junit.xml")

    assert problem.startswith("exec-action: cannot write the junit report to /proc/sys/junit.xml: ")


@NOT_ROOT
def test_a_file_that_cannot_be_replaced_is_named(junit: Target) -> None:
    assert junit.path is not None
    junit.path.touch()
    junit.path.parent.chmod(0o500)

    assert problems_of(junit.path)[0].endswith("Permission denied")


@pytest.mark.parametrize("device", ["/dev/null", "/dev/stdout", "/dev/stderr"])
def test_a_device_can_be_written(device: str) -> None:
    check([Target(format="junit", path=Path(device))])


# ------------------------------------------------------------------ the write


@pytest.mark.parametrize("name", sorted(REPORTERS.keys() - {"html"}))
def test_a_report_is_what_its_reporter_renders(name: str, tmp_path: Path) -> None:
    report = every_verdict()

    write(Target(format=name, path=tmp_path / "report"), report)

    assert (tmp_path / "report").read_bytes() == REPORTERS[name](report).encode(
        errors="backslashreplace"
    )


def test_the_page_of_a_file_leads_to_documents_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "reports" / "latest" / "report.html"
    page.parent.mkdir(parents=True)

    write(Target(format="html", path=page), every_verdict())

    assert 'href="../../examples/tour.yml#L64"' in page.read_text()


def test_a_view_s_address_of_documents_comes_before_that_of_the_file(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    view = View(base="https://github.example/o/r/blob/0123abc/")

    write(Target(format="html", path=page), every_verdict(), view=view)

    assert f'href="{view.base}examples/tour.yml#L64"' in page.read_text()


@pytest.mark.parametrize("name", ["table", "summary", "html", "github"])
def test_every_report_for_people_lists_as_many_slow_cases_as_asked_for(
    name: str, tmp_path: Path
) -> None:
    file = tmp_path / "report"

    write(Target(format=name, path=file), many(300), view=View(slowest=7))

    assert re.search("slowest", file.read_text(), re.IGNORECASE)
    assert file.read_text() != REPORTERS[name](many(300))


def test_a_new_file_replaces_the_old_one_with_the_umasks_permissions(
    junit: Target, umask: None
) -> None:
    assert umask is None
    assert junit.path is not None
    junit.path.write_text("old" * 100_000)

    write(junit, every_verdict())

    assert junit.path.read_text().startswith("<?xml")
    assert junit.path.stat().st_mode & 0o777 == 0o640
    assert list(junit.path.parent.iterdir()) == [junit.path]


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    replace_file(tmp_path / ("x" * 255), [b"new"])

    assert (tmp_path / ("x" * 255)).read_bytes() == b"new"


def test_a_link_is_replaced_and_its_file_left_alone(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link, file = tmp_path / "link.xml", tmp_path / "elsewhere" / "file.xml"
    file.write_bytes(b"old")
    link.symlink_to(file)

    check([Target(format="junit", path=link)])
    replace_file(link, [b"new"])

    assert not link.is_symlink()
    assert (link.read_bytes(), file.read_bytes()) == (b"new", b"old")


@pytest.mark.parametrize("name", sorted(REPORTERS))
def test_the_pieces_of_a_report_are_all_of_it(name: str) -> None:
    assert "".join(in_pieces(name, many(30))) == REPORTERS[name](many(30))


def test_a_format_without_pieces_is_one(junit: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("runner.reporters.junit.pieces")
    monkeypatch.setitem(REPORTERS, "junit", lambda _: "<new/>")

    write(junit, every_verdict())

    assert junit.path is not None
    assert junit.path.read_text() == "<new/>"


def test_nothing_is_written_where_rendering_fails_half_way(
    junit: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(_: Report) -> Iterator[str]:
        yield "new" * 100_000
        raise ZeroDivisionError

    assert junit.path is not None
    junit.path.write_text("old")
    monkeypatch.setattr("runner.reporters.junit.pieces", half)

    with pytest.raises(ZeroDivisionError):
        write(junit, every_verdict())

    assert junit.path.read_text() == "old"
    assert list(junit.path.parent.iterdir()) == [junit.path]


def test_an_interrupt_leaves_the_old_file_and_nothing_else(
    junit: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert junit.path is not None
    junit.path.write_text("old")
    monkeypatch.setattr(Path, "replace", interrupted)

    with pytest.raises(KeyboardInterrupt):
        write(junit, every_verdict())

    assert junit.path.read_text() == "old"
    assert list(junit.path.parent.iterdir()) == [junit.path]


def interrupted(_self: Path, _target: Path) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one page."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "none", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a disk cannot be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@ROOT_ONLY
def test_a_full_disk_is_told_and_leaves_the_old_file(tiny_disk: Path) -> None:
    path = tiny_disk / "junit.xml"
    path.write_text("")

    with pytest.raises(UsageError) as caught:
        write(Target(format="junit", path=path), every_verdict())

    assert caught.value.problems == (
        f"exec-action: cannot write the junit report to {path}: {os.strerror(errno.ENOSPC)}",
    )
    assert path.read_text() == ""
    assert list(tiny_disk.iterdir()) == [path]


# ------------------------------------------------------------------ pipes and devices


def test_a_pipe_gets_the_report_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)

    check([Target(format="junit", path=pipe)])
    reader.start()
    write(Target(format="junit", path=pipe), every_verdict())
    reader.join()

    assert read[0].startswith(b"<?xml")
    assert pipe.is_fifo()


PRINTING = """
from pathlib import Path
from reporters.reports import every_verdict
from runner.targets import Target, check, write

targets = [Target(format="junit", path=Path("/dev/stdout")), Target(format="table")]
check(targets)
print("before")
for target in targets:
    write(target, every_verdict())
"""


def printed(words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f'"$0" -c "$1" {words}', sys.executable, PRINTING],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("words", ["| cat", "> {file}; cat {file}", ">> {file}; cat {file}"])
def test_standard_output_by_its_name_gets_everything_in_order(words: str, tmp_path: Path) -> None:
    link = Path("/dev/stdout").readlink()

    done = printed(words.format(file=f"'{tmp_path}/out.txt'"))

    assert done.stderr == ""
    assert done.stdout.startswith("before\n<?xml")
    assert done.stdout.count("</testsuites>") == 1
    assert "17 cases" in done.stdout.partition("</testsuites>")[2]
    assert Path("/dev/stdout").readlink() == link


def test_a_full_device_is_told() -> None:
    with pytest.raises(UsageError, match="table report to /dev/full: No space left on device"):
        write(Target(format="table", path=Path("/dev/full")), every_verdict())


# ------------------------------------------------------------------ the table's width


@pytest.mark.parametrize(
    ("columns", "width"), [("", 120), ("60", 60), ("0", 120), ("-5", 120), ("wide", 120)]
)
def test_the_table_is_as_wide_as_asked_for_else_120(
    columns: str,
    width: int,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    write(Target(format="table"), every_verdict())

    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert max(map(cell_len, lines)) == width
