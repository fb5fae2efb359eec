"""JUnit XML as CI systems read it: package junit-xml builds the document, the rest is put right.

Its order of elements is that of the Jenkins schema (junit-10.xsd); beyond the schema it has what
GitLab, Jenkins, dorny/test-reporter and others read: file, line, properties of each case, totals on
the root. Text is escaped, never CDATA, and every string is made safe first: XML has no form for
most control characters, not even as references.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from junit_xml import TestCase, TestSuite  # type: ignore[import-untyped]  # it has no hints

from runner.model import Report, Result, Verdict
from runner.reporters.details import by_path, place, sections, spot, stream
from runner.text import one_line, safe

_STREAM: Final = 64 * 1024
_LEAST: Final = 1024
_FILE: Final = 28 * 1000 * 1000
_MARKUP_OR_CONTROL: Final = bytes(range(9)) + bytes(range(11, 32)) + b"<>&\x7f"
_ESCAPED_OR_NOT_ASCII: Final = _MARKUP_OR_CONTROL + bytes(range(0x80, 0x100))
_DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
_PLACEHOLDER: Final = "\x00"
"""In no text that was made safe."""
_PROPERTY_LINES: Final = "\n".join(
    f'<property name="{name}" value="{form}" />'
    for name, form in (
        ("language", "%s"),
        ("image", "%s"),
        ("image_digest", "%s"),
        ("session", "%s"),
        ("verdict", "%s"),
        ("wall_seconds", "%.6f"),
        ("cpu_seconds", "%.6f"),
        ("peak_memory_bytes", "%d"),
        ("compile_seconds", "%.6f"),
        ("queued_seconds", "%.6f"),
        ("attempts", "%d"),
        ("cached", "%s"),
        ("run_id", "%s"),
        ("code_sha256", "%s"),
    )
)
_PROPERTIES: Final = f"\n<properties>{_PROPERTY_LINES}</properties>\n"


def render(report: Report, *, reruns: bool = False) -> str:
    """The whole report as one XML document, a suite for each manifest or document.

    Of each text as much is kept as lets GitLab, which reads no more than 30 MB, read the file.
    With `reruns`, a case has what its earlier attempts came to, as Maven Surefire tells it.
    """
    limit = _STREAM
    told = [*report.results]
    told += [attempt for result in told for attempt in _failed_before(result)] if reruns else []
    while limit > _LEAST and _estimate(told, limit) > _FILE:
        limit //= 2
    document = _document(report, limit, reruns=reruns)
    while limit > _LEAST and _size(document) > _FILE:
        limit //= 4
        document = _document(report, limit, reruns=reruns)
    return document


def _estimate(results: Iterable[Result], limit: int) -> int:
    """About how many bytes all streams and failures will take, their escapes included."""
    size = 0
    for result in results:
        texts = [raw for raw in (result.outcome.stdout, result.outcome.stderr) if raw]
        size += sum(_weight(raw[:limit]) for raw in texts)
        if not result.verdict.fine:
            shown = [*texts, result.case.stdin]
            size += 2 * sum(_weight(raw[: _detail(limit)]) for raw in shown)
    return size


def _size(document: str) -> int:
    """Bytes of it, without a copy where that can be."""
    return len(document) if document.isascii() else len(document.encode())


def _weight(raw: bytes) -> int:
    """Bytes of a text in the document: what is to be escaped takes about four times as many."""
    escaped = _MARKUP_OR_CONTROL if raw.isascii() else _ESCAPED_OR_NOT_ASCII
    return 4 * len(raw) - 3 * len(raw.translate(None, escaped))


def _detail(limit: int) -> int:
    """How much of each text to show in a failure, where `limit` of each stream is kept."""
    return limit // 8


def _document(report: Report, limit: int, *, reruns: bool) -> str:
    suites = by_path(report.results)
    document = _without_properties(report, suites, limit, reruns=reruns)
    return "".join([_DECLARATION, *_filled(document, chain.from_iterable(suites.values())), "\n"])


def _without_properties(
    report: Report, suites: Mapping[str, list[Result]], limit: int, *, reruns: bool
) -> str:
    """The document with a placeholder in each case; its tree is gone when the rest is filled in."""
    root = ET.Element("testsuites", name="exec-action")
    for path, results in suites.items():
        suite = _suite(path, results, timestamp=_timestamp(report), limit=limit)
        if reruns:
            _add_reruns(suite, results, limit)
        root.append(suite)
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", f"{report.duration:.3f}")
    root.set("timestamp", _timestamp(report))
    ET.indent(root, space="")
    return ET.tostring(root, encoding="unicode")


def _filled(document: str, results: Iterable[Result]) -> Iterator[str]:
    """The pieces of `document` with each case's properties in their place.

    As elements, fourteen to a case, they would take several times as long as all the rest.
    """
    start, *pieces = document.split(_PLACEHOLDER)
    yield start
    for result, piece in zip(results, pieces, strict=True):
        yield _properties(result)
        yield piece


def _timestamp(report: Report) -> str:
    """Without a zone, as most consumers want it."""
    return safe(report.started).removesuffix("Z").removesuffix("+00:00")


def _suite(path: str, results: list[Result], *, timestamp: str, limit: int) -> ET.Element:
    classname = _classname(path)
    names: dict[str, int] = {}
    cases = [_case(result, _unique(result, names), classname, limit) for result in results]
    suite: ET.Element = TestSuite(
        safe(path), cases, timestamp=timestamp, file=safe(path)
    ).build_xml_doc()
    del suite.attrib["disabled"]
    suite.set("time", f"{sum(result.outcome.wall for result in results):.3f}")
    for element, result in zip(suite, results, strict=True):
        element.set("time", f"{result.outcome.wall:.3f}")
        element.text = _PLACEHOLDER
    return suite


def _add_reruns(suite: ET.Element, results: list[Result], limit: int) -> None:
    """What earlier attempts came to, in each case between its failure and its streams."""
    for element, result in zip(suite, results, strict=True):
        streams = [child for child in element if child.tag in ("system-out", "system-err")]
        at = len(element) - len(streams)
        element[at:at] = [_rerun(result, attempt, limit) for attempt in _failed_before(result)]


def _failed_before(result: Result) -> list[Result]:
    """The failures among the earlier attempts of a case that failed or is flaky."""
    if result.verdict.fine and result.verdict is not Verdict.FLAKY:
        return []
    return [attempt for attempt in result.earlier if not attempt.verdict.fine]


def _rerun(result: Result, attempt: Result, limit: int) -> ET.Element:
    """`flakyFailure` where the case passed in the end, else `rerunFailure`; ours are errors."""
    kind = "flaky" if result.verdict is Verdict.FLAKY else "rerun"
    tag = kind + ("Error" if attempt.verdict is Verdict.SANDBOX_ERROR else "Failure")
    element = ET.Element(tag, message=_message(attempt), type=attempt.verdict.value)
    texts = {
        "stackTrace": _text(attempt, limit),
        "system-out": stream(attempt.outcome.stdout, limit=limit),
        "system-err": stream(attempt.outcome.stderr, limit=limit),
    }
    for name, text in texts.items():
        if text:
            ET.SubElement(element, name).text = text
    return element


def _classname(path: str) -> str:
    """`docs/intro.md` as `docs.intro_md`: consumers make a tree of it."""
    return one_line(path).replace(".", "_").replace("/", ".").strip(".") or "_"


def _unique(result: Result, taken: dict[str, int]) -> str:
    """The result's name, with a number if its suite has it already: GitLab drops duplicates."""
    base = name = one_line(result.name).strip() or "_"
    while name in taken:
        taken[base] += 1
        name = f"{base} ({taken[base]})"
    taken[name] = 1
    return name


def _case(result: Result, name: str, classname: str, limit: int) -> TestCase:
    outcome = result.outcome
    where = place(result)
    case = TestCase(
        name,
        classname=classname,
        file=one_line(where.path),
        line=str(where.line),
        stdout=stream(outcome.stdout, limit=limit),
        stderr=stream(outcome.stderr, limit=limit),
    )
    message = _message(result)
    match result.verdict:
        case Verdict.PASSED | Verdict.FLAKY:
            pass
        case Verdict.SKIPPED | Verdict.XFAILED:
            case.add_skipped_info(message)
        case Verdict.SANDBOX_ERROR:
            case.add_error_info(message, _text(result, limit), result.verdict.value)
        case _:
            case.add_failure_info(message, _text(result, limit), result.verdict.value)
    return case


def _message(result: Result) -> str:
    return one_line(result.reason) or result.verdict.value


def _text(result: Result, limit: int) -> str:
    """The failure in full: its reason, then each thing there is to see under a title."""
    blocks = [f"{part.title}:\n{part.text}" for part in sections(result, limit=_detail(limit))]
    failed = spot(result)
    where = [f"at {one_line(failed.path)}:{failed.line}"] if failed else []
    return "\n\n".join(["\n".join([safe(result.reason), *where]), *blocks])


def _properties(result: Result) -> str:
    outcome, snippet = result.outcome, result.snippet
    return _PROPERTIES % (
        _attribute(snippet.language.name),
        _attribute(snippet.language.image_reference),
        _attribute(outcome.image_digest),
        _attribute(snippet.session or ""),
        result.verdict.value,
        outcome.wall,
        outcome.cpu,
        outcome.peak_memory,
        outcome.compile_wall,
        result.queued,
        result.attempts,
        "true" if result.cached else "false",
        _attribute(result.run_id),
        _attribute(result.code_sha256),
    )


def _attribute(value: str) -> str:
    return value if value.isalnum() else _escaped(one_line(value))


@lru_cache(maxsize=256)
def _escaped(value: str) -> str:
    return escape(value, {'"': "&quot;"})
