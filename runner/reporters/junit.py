"""JUnit XML as CI systems read it: package junit-xml builds the document, the rest is put right.

Its order of elements is that of the Jenkins schema (junit-10.xsd); beyond the schema it has what
GitLab, Jenkins, dorny/test-reporter and others read: file, line, properties of each case, totals on
the root. Text is escaped, never CDATA, and every string is made safe first: XML has no form for
most control characters, not even as references.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
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
_COUNTS: Final = ("tests", "failures", "errors", "skipped")
_AT_ONCE: Final = 500
_HARMLESS: Final = re.compile(r"[\w.:/@-]*", re.ASCII).fullmatch
"""Whether a text stands in an attribute as it is."""
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


def render(report: Report) -> str:
    """The whole report as one XML document, a suite for each manifest or document.

    Of each text as much is kept as lets GitLab, which reads no more than 30 MB, read the file.
    """
    return "".join(pieces(report))


def pieces(report: Report, *, reruns: bool = False) -> Iterator[str]:
    """The same, some hundreds of cases in a piece; all are made before the first, for their size.

    With `reruns`, a case has what its earlier attempts came to, as Maven Surefire tells it.
    """
    limit = _STREAM
    told = [*report.results]
    told += [attempt for result in told for attempt in _failed_before(result)] if reruns else []
    while limit > _LEAST and _estimate(told, limit) > _FILE:
        limit //= 2
    document = _document(report, limit, reruns=reruns)
    while limit > _LEAST and sum(map(_size, document)) > _FILE:
        limit //= 4
        document = _document(report, limit, reruns=reruns)
    yield from document


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


def _size(text: str) -> int:
    """Bytes of it, without a copy where that can be."""
    return len(text) if text.isascii() else len(text.encode())


def _weight(raw: bytes) -> int:
    """Bytes of a text in the document: what is to be escaped takes about four times as many."""
    escaped = _MARKUP_OR_CONTROL if raw.isascii() else _ESCAPED_OR_NOT_ASCII
    return 4 * len(raw) - 3 * len(raw.translate(None, escaped))


def _detail(limit: int) -> int:
    """How much of each text to show in a failure, where `limit` of each stream is kept."""
    return limit // 8


def _document(report: Report, limit: int, *, reruns: bool) -> list[str]:
    """The pieces of the document; of each text at most about `limit` bytes."""
    # Without a zone, as most consumers want it.
    timestamp = safe(report.started).removesuffix("Z").removesuffix("+00:00")
    root = ET.Element("testsuites", name="exec-action")
    bodies: list[str] = []
    for path, results in by_path(report.results).items():
        suite, cases = _suite(path, results, timestamp=timestamp, limit=limit, reruns=reruns)
        root.append(suite)
        bodies += cases
    for key in _COUNTS:
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", f"{report.duration:.3f}")
    root.set("timestamp", timestamp)
    ET.indent(root, space="")
    document = ET.tostring(root, encoding="unicode")
    return [_DECLARATION, *_filled(document, bodies), "\n"]


def _filled(document: str, texts: Iterable[str]) -> Iterator[str]:
    """The pieces of `document` with the texts in the places that were kept for them."""
    start, *pieces = document.split(_PLACEHOLDER)
    yield start
    for text, piece in zip(texts, pieces, strict=True):
        yield text
        yield piece


def _suite(
    path: str, results: list[Result], *, timestamp: str, limit: int, reruns: bool
) -> tuple[ET.Element, list[str]]:
    """An element with a place for each of the texts, which hold its cases.

    As elements, and as what junit-xml makes these of, they would take several times the memory.
    """
    classname = _classname(path)
    names: dict[str, int] = {}
    name = safe(path)
    suite: ET.Element = TestSuite(name, timestamp=timestamp, file=name).build_xml_doc()
    del suite.attrib["disabled"]
    counts: Counter[str] = Counter()
    bodies: list[str] = []
    for start in range(0, len(results), _AT_ONCE):
        some = results[start : start + _AT_ONCE]
        cases = [_case(result, _unique(result, names), classname, limit) for result in some]
        part: ET.Element = TestSuite("", cases).build_xml_doc()
        if reruns:
            _add_reruns(part, some, limit)
        counts.update({key: int(part.get(key, "0")) for key in _COUNTS})
        bodies.append(_body(part, some))
    for key in _COUNTS:
        suite.set(key, str(counts[key]))
    suite.set("time", f"{sum(result.outcome.wall for result in results):.3f}")
    suite.text = "\n" + _PLACEHOLDER * len(bodies)
    return suite, bodies


def _body(suite: ET.Element, results: list[Result]) -> str:
    """The cases of a suite.

    Their properties, as elements, fourteen to a case, would take longer than all the rest.
    """
    for element, result in zip(suite, results, strict=True):
        element.set("time", f"{result.outcome.wall:.3f}")
        element.text = _PLACEHOLDER
    ET.indent(suite, space="")
    text = ET.tostring(suite, encoding="unicode")
    cases = text[text.index("\n") + 1 : text.rindex("<")]
    return "".join(_filled(cases, map(_properties, results)))


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
    texts = [
        snippet.language.name,
        snippet.language.image_reference,
        outcome.image_digest,
        snippet.session or "",
        result.run_id,
        result.code_sha256,
    ]
    if not _HARMLESS("".join(texts)):
        texts = [escape(one_line(text), {'"': "&quot;"}) for text in texts]
    language, image, digest, session, run_id, code_sha256 = texts
    return _PROPERTIES % (
        language,
        image,
        digest,
        session,
        result.verdict.value,
        outcome.wall,
        outcome.cpu,
        outcome.peak_memory,
        outcome.compile_wall,
        result.queued,
        result.attempts,
        "true" if result.cached else "false",
        run_id,
        code_sha256,
    )
