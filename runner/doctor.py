"""What is there and what is missing to run snippets on this machine, and how to mend it."""

import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final

from runner import __version__
from runner.errors import EngineError, SandboxError
from runner.execute import execute
from runner.languages import IMAGE_SETS, Language
from runner.model import MIB, Case, Session, Snippet, Source, Verdict
from runner.options import Options, Pull
from runner.progress import QuietProgress
from runner.sandbox.address import endpoint
from runner.sandbox.engine import Engine, ImageMissing
from runner.sandbox.images import STAND_IN_LABEL, architectures
from runner.text import inert, one_line

SUPPORT_ENDS: Final[Mapping[str, date]] = {
    "python:3.9-slim": date(2025, 10, 31),
    "node:14-alpine": date(2023, 4, 30),
    "eclipse-temurin:11-jdk": date(2027, 10, 31),
    "gcc:9": date(2022, 5, 27),
    "golang:1.19-alpine": date(2023, 8, 8),
    "rust:1.65-slim": date(2022, 12, 15),
    "python:3.14-slim": date(2030, 10, 31),
    "node:24-alpine": date(2028, 4, 30),
    "eclipse-temurin:25-jdk": date(2031, 9, 30),
}
"""Until when its makers mend it, where they say so; Go's are its two latest, Rust's its latest."""
_PYTHON: Final = (3, 11)
_ENGINE: Final = (20, 10)
_DISK: Final = 1024 * MIB
_MEMORY: Final = 1024 * MIB
_HERE: Final = Source(path="<doctor>", line=1)


class Mark(Enum):
    """How a line of the examination begins."""

    FINE = "ok"
    NOTE = "!"
    FAULT = "x"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, what was found, and how to mend it where that is called for."""

    mark: Mark
    what: str
    mend: str = ""


Findings = Iterator[Finding]


def examine(*, images: str) -> int:
    """Print what is there and what is missing to run an image set; 0, or 3 for a fault."""
    found = [_tell(finding) for finding in _all(images)]
    faults = found.count(Mark.FAULT)
    notes = found.count(Mark.NOTE)
    if faults:
        print(f"\nNothing can be run before what is marked '{Mark.FAULT.value}' is mended.")
    else:
        print("\nReady." + (f" What is marked '{Mark.NOTE.value}' is worth a look." * bool(notes)))
    return EngineError.exit_code if faults else 0


def _tell(finding: Finding) -> Mark:
    lines = [f"{finding.mark.value:>2}  {one_line(finding.what)}"]
    lines += [f"    -> {one_line(finding.mend)}"] if finding.mend else []
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        print(inert(line).encode(encoding, "backslashreplace").decode(encoding), flush=True)
    return finding.mark


def _all(images: str) -> Findings:
    yield from _guarded("Python", _python)
    yield from _guarded("init", _init)
    try:
        engine = Engine()
        info = engine.info()
    except (EngineError, SandboxError) as problem:
        yield _no_engine(problem)
        return
    for what, look in (
        ("engine", lambda: _engine(engine, info)),
        ("isolation", lambda: _isolation(info)),
        ("room", lambda: _room(info)),
        ("images", lambda: _images(engine, images)),
        ("sandbox", lambda: _sandbox(engine, images)),
    ):
        yield from _guarded(what, look)


def _guarded(what: str, look: Callable[[], Findings]) -> Findings:
    """A look that fails by itself is a finding too: people in need get no traceback."""
    try:
        yield from look()
    except Exception as problem:  # noqa: BLE001 see above
        yield Finding(
            Mark.FAULT, f"{what}: cannot be examined: {type(problem).__name__}: {problem}"
        )


def _python() -> Findings:
    version = f"exec-action {__version__} on Python {platform.python_version()}, {sys.platform}"
    if sys.version_info >= _PYTHON:
        yield Finding(Mark.FINE, version)
    else:
        yield Finding(Mark.FAULT, version, "install Python 3.11 or newer")


def _init() -> Findings:
    found = architectures()
    if found:
        yield Finding(
            Mark.FINE, f"init, the first program of every sandbox, for {', '.join(found)}"
        )
    else:
        mend = "install gcc and libc6-dev, or `pip install ziglang`; then install exec-action again"
        yield Finding(Mark.FAULT, "init, the first program of every sandbox, is not compiled", mend)


def _no_engine(problem: Exception) -> Finding:
    reason = str(problem).partition(" Start the engine")[0].rstrip(".")
    text = reason.lower()
    if "permission denied" in text:
        mend = "join the group that may use it (`sudo usermod -aG docker $USER`, then log in anew)"
    elif "DOCKER_HOST" in endpoint():
        mend = "start the engine there, or unset DOCKER_HOST to use the one of this machine"
    else:
        mend = (
            "install Docker Engine, Docker Desktop or Colima, start it, and see that `docker info`"
            " answers; for one elsewhere, set DOCKER_HOST or say `docker context use`"
        )
    return Finding(Mark.FAULT, f"{reason}; looked for it at {endpoint()}", mend)


def _engine(engine: Engine, info: Mapping[str, Any]) -> Findings:
    version = engine.version
    text = f"{engine.name}, API {version.get('ApiVersion')}, at {endpoint()}"
    numbers = tuple(
        int(part) for part in str(version.get("Version")).split(".")[:2] if part.isdigit()
    )
    if engine.name.startswith("Docker") and numbers < _ENGINE:
        yield Finding(Mark.NOTE, text, "older than 20.10, with which this was tested: update it")
    else:
        yield Finding(Mark.FINE, text)
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(
        str(info.get("Architecture")), str(info.get("Architecture"))
    )
    if architecture not in architectures():
        mend = "install exec-action again with `ziglang` beside it: that compiles init for both"
        yield Finding(Mark.FAULT, f"the engine's machine is {architecture}; no init for it", mend)


def _isolation(info: Mapping[str, Any]) -> Findings:
    options = [str(option) for option in info.get("SecurityOptions") or ()]
    rootless = any("rootless" in option for option in options)
    parts = [
        f"cgroup v{info.get('CgroupVersion', '1')}",
        "rootless" if rootless else "rootful",
        f"runtimes {', '.join(sorted(info.get('Runtimes') or {'runc': None}))}",
    ]
    yield Finding(Mark.FINE, "; ".join(parts))
    if not any("seccomp" in option for option in options):
        mend = "use a kernel and an engine with seccomp: snippets reach every system call otherwise"
        yield Finding(Mark.NOTE, "no seccomp filter", mend)
    for key, what, mark in (
        ("MemoryLimit", "memory", Mark.FAULT),
        ("SwapLimit", "swap", Mark.NOTE),
        ("PidsLimit", "processes", Mark.FAULT),
        ("CpuCfsQuota", "processors", Mark.NOTE),
    ):
        if info.get(key) is False:
            mend = "the kernel, or the delegation of cgroups to a rootless engine, has to allow it"
            yield Finding(mark, f"the engine cannot limit {what}", mend)


def _room(info: Mapping[str, Any]) -> Findings:
    memory, processors = int(info.get("MemTotal") or 0), info.get("NCPU")
    text = f"{processors} processors, {memory // MIB} MiB of memory"
    if 0 < memory < _MEMORY:
        yield Finding(Mark.NOTE, text, "a sandbox may use 512m by default: state less, or use -j 1")
    else:
        yield Finding(Mark.FINE, text)
    root = Path(str(info.get("DockerRootDir") or "/nowhere"))
    if not root.is_dir():
        return  # on another machine, or in a virtual one
    free = shutil.disk_usage(root).free
    text = f"{free // MIB} MiB free for images in {root}"
    if free < _DISK:
        yield Finding(Mark.NOTE, text, "`docker system df` shows what takes the room")
    else:
        yield Finding(Mark.FINE, text)


def _images(engine: Engine, image_set: str) -> Findings:
    languages: dict[str, list[str]] = {}
    for row in IMAGE_SETS[image_set].values():
        languages.setdefault(row.image_reference, []).append(row.name)
    for reference, names in languages.items():
        yield _image(engine, reference, f"{', '.join(names)}: {reference}")


def _image(engine: Engine, reference: str, text: str) -> Finding:
    try:
        found = engine.inspect_image(reference)
    except ImageMissing:
        mend = f"it is pulled when first needed; now: docker pull {reference}"
        return Finding(Mark.NOTE, f"{text} is not here yet", mend)
    stand_in = ((found.get("Config") or {}).get("Labels") or {}).get(STAND_IN_LABEL)
    text += f", a stand-in: {stand_in}" if stand_in else ""
    ends = SUPPORT_ENDS.get(reference)
    if ends is not None and ends < datetime.now(UTC).date():
        mend = "`images: current` or `--images current` has a newer one"
        return Finding(Mark.NOTE, f"{text}; past its support since {ends}", mend)
    return Finding(Mark.FINE, text)


def _sandbox(engine: Engine, image_set: str) -> Findings:
    row = _smallest(engine, image_set)
    if row is None:
        mend = f"docker pull {IMAGE_SETS[image_set]['bash'].image_reference}, then ask again"
        yield Finding(Mark.NOTE, "no sandbox was tried: none of the images is here", mend)
        return
    began = datetime.now(UTC)
    options = Options(jobs=1, pull=Pull.NEVER)
    report = execute([_hello(row)], options=options, watcher=QuietProgress(sys.stderr))
    took = (datetime.now(UTC) - began).total_seconds()
    (result,) = report.results
    if result.verdict is Verdict.PASSED and result.outcome.stdout == b"hello\n":
        yield Finding(
            Mark.FINE, f"a sandbox of {row.image_reference} said hello after {took:.2f} s"
        )
    else:
        said = result.outcome.stderr.decode(errors="replace")
        mend = (
            "does `docker run --rm --network none IMAGE true` work? If so, please report this line"
        )
        yield Finding(
            Mark.FAULT, f"a sandbox failed: {result.verdict}: {result.reason} {said}", mend
        )


def _smallest(engine: Engine, image_set: str) -> Language | None:
    sizes: dict[str, int] = {}
    rows = IMAGE_SETS[image_set]
    for name, row in rows.items():
        try:
            sizes[name] = int(engine.inspect_image(row.image_reference).get("Size") or 0)
        except ImageMissing:
            continue
    return rows[min(sizes, key=lambda name: sizes[name])] if sizes else None


def _hello(row: Language) -> Session:
    """A session whose program needs nothing but the image's shell."""
    shell = replace(row, source="main.sh", compile=(), warm=(), run=("sh", "{source}"))
    return Session(
        snippets=(
            Snippet(
                name="hello",
                source=_HERE,
                code_source=_HERE,
                language=shell,
                code=b"echo hello\n",
                cases=(Case(source=_HERE),),
            ),
        )
    )
