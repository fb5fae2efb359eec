"""Images of a project's own: built when first needed, and again when their files change."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from docker import DockerClient
from lateness import ENDED_WITHIN

from runner.sandbox.building import LABEL

ENVIRON: Final = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
BASE: Final = "python:3.9-slim"
LANGUAGE: Final = "languages: {docs: {extends: python, build: docs/Dockerfile}}\n"
MANIFEST: Final = LANGUAGE + "snippets: [{language: docs, code: 'import mine; print(mine.x)'}]\n"
BROKEN: Final = {
    "step": f"FROM {BASE}\nRUN echo first; printf '\\033[31mred\\033[0m\\n' >&2; exit 3\n",
    "base": "FROM exec-action.invalid/no-such:1\n",
    "syntax": "FORM python\n",
    "empty": "",
    "copy": f"FROM {BASE}\nCOPY nothing /\n",
}


def runner(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runner", *words],
        cwd=folder,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
        timeout=ENDED_WITHIN,
    )


@pytest.fixture(scope="module", autouse=True)
def no_image_left(client: DockerClient) -> Iterator[None]:
    """Removes what is built here, and leaves what was there before."""
    label = {"label": f"{LABEL}=docs/Dockerfile"}
    before = {image.id for image in client.images.list(filters=label)}
    yield
    for image in client.images.list(filters=label):
        if image.id not in before:
            client.images.remove(str(image.id), force=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a manifest, and a Dockerfile that nobody has built yet."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "m.yml").write_text(MANIFEST)
    (tmp_path / "docs/mine.py").write_text("x = 1\n")
    (tmp_path / "docs/mine.py").chmod(0o600)
    (tmp_path / "docs/Dockerfile").write_text(
        f"FROM {BASE}\nENV PYTHONPATH=/opt/mine\nCOPY mine.py /opt/mine/\n# {uuid4()}\n"
    )
    return tmp_path


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str]:
    """Of one run over what cannot be built and one snippet that needs none of it.

    (the first line of each error, standard error).
    """
    folder = tmp_path_factory.mktemp("broken")
    rows, snippets = [], ["- {name: fine, language: python, code: ''}"]
    for name, text in BROKEN.items():
        (folder / name).mkdir()
        (folder / name / "Dockerfile").write_text(text)
        rows.append(f"  {name}: {{extends: python, build: {name}/Dockerfile}}")
        snippets.append(f"- {{name: {name}, language: {name}, code: ''}}")
    text = "\n".join(["languages:", *rows, "snippets:", *snippets])
    (folder / "m.yml").write_text(text)
    done = runner(folder, "m.yml", "--junit", "junit.xml")
    assert done.returncode == 3, done.stderr
    cases = ET.parse(folder / "junit.xml").iter("testcase")
    errors = {case.get("name", ""): case.find("error") for case in cases}
    return {
        name: "" if error is None else error.get("message", "") for name, error in errors.items()
    }, done.stderr


def test_a_snippet_has_what_its_image_was_built_with_and_a_second_run_builds_nothing(
    project: Path,
) -> None:
    first = runner(project, "m.yml", "--report", "json=first.json")
    second = runner(project, "m.yml")

    (built,) = json.loads((project / "first.json").read_text())["pulls"]
    assert built["image"] == "docs/Dockerfile"
    assert 0 < built["started"] < built["started"] + built["duration"]
    assert (first.returncode, second.returncode) == (0, 0), first.stdout + first.stderr
    assert first.stderr.startswith("building docs/Dockerfile\n")
    assert "building" not in second.stderr


def test_changed_files_are_built_again(project: Path) -> None:
    runner(project, "images", "m.yml")
    (project / "docs/mine.py").write_text("x = 2\n")
    (project / "m.yml").write_text(MANIFEST.replace("}]", ", expected_output: 2}]"))

    done = runner(project, "m.yml")

    assert done.returncode == 0, done.stdout
    assert done.stderr.startswith("building docs/Dockerfile\n")


def test_the_command_images_builds_and_labels(project: Path, client: DockerClient) -> None:
    done = runner(project, "images", "m.yml")

    building, told = done.stdout.splitlines()
    tag = told.split(": ")[1]
    assert building == "building docs/Dockerfile"
    assert tag.startswith("exec-action-build:")
    assert client.images.get(tag).labels[LABEL] == "docs/Dockerfile"


def test_pull_never_builds_nothing_and_says_so(project: Path) -> None:
    done = runner(project, "m.yml", "--pull", "never")

    assert done.returncode == 3
    assert "the image of docs/Dockerfile is not built yet, and --pull never" in done.stderr


def test_pull_always_builds_anew(project: Path) -> None:
    (project / "docs/Dockerfile").write_text(f"FROM scratch\nCOPY mine.py /\n# {uuid4()}\n")

    outputs = [runner(project, "images", "m.yml", "--pull", "always").stdout for _ in range(2)]

    assert [text.splitlines()[0] for text in outputs] == ["building docs/Dockerfile"] * 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("step", "cannot build step/Dockerfile: Step 2/3 : RUN echo first; "),
        ("base", "cannot build base/Dockerfile: Step 1/2 : FROM exec-action.invalid/no-such:1: "),
        ("syntax", "cannot build syntax/Dockerfile: dockerfile parse error line 1: "),
        ("empty", "cannot build empty/Dockerfile: the Dockerfile (Dockerfile) cannot be empty"),
        ("copy", "cannot build copy/Dockerfile: Step 2/3 : COPY nothing /: COPY failed: "),
    ],
)
def test_an_image_that_cannot_be_built_is_an_error_that_names_file_and_step(
    broken: tuple[dict[str, str], str], name: str, message: str
) -> None:
    assert broken[0][name].startswith(message)


def test_the_end_of_a_failed_builds_log_is_shown(broken: tuple[dict[str, str], str]) -> None:
    _, log = broken
    shown = log[log.index("cannot build step/Dockerfile; the end of its log:\n") :]

    assert "\nfirst\n" in shown
    assert "\nred\n" in shown


def test_an_image_that_cannot_be_built_is_no_other_snippets_error(
    broken: tuple[dict[str, str], str],
) -> None:
    assert broken[0]["fine"] == ""
