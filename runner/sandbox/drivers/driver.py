"""Runs the snippets of a session, one after another, in one Python.

Started by the first snippet's client in the driver's own directory. For each snippet a line with
the client's process number comes through the pipe `ask`; the files `request` and `code` say what
to run; the client's standard streams are opened by its number; how the snippet ended goes into the
pipe `answer`. Functions of `os` are taken at the start: a snippet may replace them.
"""

from __future__ import annotations
import __future__

import builtins
import io
import linecache
import os
import signal
import sys
import traceback
import types
from collections.abc import Iterator, Mapping

WORK = "/work/run"
FIRST_STREAM = 3
"""The number under which a client has its standard input; output and errors follow."""
PLACE = os.path.dirname(os.path.abspath(__file__))
_open, _read, _write, _close, _dup2 = os.open, os.read, os.write, os.close, os.dup2
_set_inheritable, _getpid, _exit = os.set_inheritable, os.getpid, os._exit
_file, _compile, _exec = builtins.open, builtins.compile, builtins.exec
_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag


class Name(str):
    """The file name of one snippet's code.

    It reads like the others' and has source lines of its own in `linecache`.
    """

    __slots__ = ("number",)
    number: int

    def __hash__(self) -> int:
        return hash((str(self), self.number))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Name):
            return self is other
        return str.__eq__(self, other) if isinstance(other, str) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __str__(self) -> str:
        return str.__str__(self)


class Request:
    """What one snippet's client asks for."""

    def __init__(self, client: int) -> None:
        with _file(f"{PLACE}/request", "rb") as stream:
            source, mode, count, *rest = map(os.fsdecode, stream.read().split(b"\0")[:-1])
        with _file(f"{PLACE}/code", "rb") as stream:
            self.code = stream.read()
        self.client = client
        self.source = source
        self.transcript = mode == "transcript"
        self.arguments = rest[: int(count)]
        self.env = dict(entry.split("=", 1) for entry in rest[int(count) :])


class Interpreter:
    """The names that the snippets share, and what holds for all that is compiled into them."""

    def __init__(self) -> None:
        self.main = types.ModuleType("__main__")
        self.main.__dict__["__builtins__"] = builtins
        self.flags = 0
        self.snippets = 0
        sys.modules["__main__"] = self.main

    def run(self, request: Request) -> tuple[str, int]:
        """Run a snippet; how it ended and its exit code, of a signal 128 and its number."""
        try:
            for code in self._compiled(request):
                _exec(code, self.main.__dict__)
        except SystemExit as end:
            return "exited", _exit_code(end.code)
        except KeyboardInterrupt as problem:
            _show(problem)
            return ("exited", 1) if request.transcript else ("signaled", 128 + signal.SIGINT)
        except BaseException as problem:
            _show(problem)
            return "exited", 1
        return "exited", 0

    def _compiled(self, request: Request) -> Iterator[types.CodeType]:
        self.snippets += 1
        if request.transcript:
            yield from self._statements(request.code)
            return
        path = f"{WORK}/{request.source}"
        self.main.__dict__["__file__"] = path
        name = Name(path)
        name.number = self.snippets
        _remember(name, request.code)
        _remember(path, request.code)
        yield self._keep_flags(_compile(request.code, name, "exec", self.flags, dont_inherit=True))

    def _statements(self, source: bytes) -> Iterator[types.CodeType]:
        """Statements as the interactive interpreter compiles them: their values are shown."""
        import ast

        flags = self.flags | ast.PyCF_ONLY_AST
        tree: ast.Module = _compile(source, "<stdin>", "exec", flags, dont_inherit=True)
        for statement in tree.body:
            alone = ast.Interactive(body=[statement])
            yield self._keep_flags(
                _compile(alone, "<stdin>", "single", self.flags, dont_inherit=True)
            )

    def _keep_flags(self, code: types.CodeType) -> types.CodeType:
        self.flags |= code.co_flags & _FUTURE
        return code


def serve() -> None:
    """Run what is asked for, for ever."""
    process = _getpid()
    interpreter = Interpreter()
    _prepare()
    while True:
        request = Request(_asked())
        try:
            _take_streams(request)
        except OSError:
            continue
        sys.argv = [request.source, *request.arguments]
        before = _lend(request.env)
        how, code = interpreter.run(request)
        if _getpid() != process:
            _flush()
            _exit(code if how == "exited" else 1)
        _await_threads()
        _flush()
        _lend(before)
        _answer(f"{request.client} {how} {code}\n")


def _prepare() -> None:
    """Be as a Python that was just started in the working directory, by hand."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    os.chdir(WORK)
    sys.path[0] = WORK
    if sys.version_info >= (3, 14):
        sys.meta_path.insert(0, _ForkFirst())  # type: ignore[arg-type]


class _ForkFirst:
    """Lets `multiprocessing` fork, as it did until 3.13.

    Another start method would import the snippet's file, and there is none.
    """

    def find_spec(self, name: str, path: object = None, _target: object = None) -> object:
        if name != "multiprocessing.context":
            return None
        sys.meta_path.remove(self)  # type: ignore[arg-type]
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path)  # type: ignore[arg-type]
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_and_choose(module: types.ModuleType) -> None:
            load(module)
            default = module._default_context
            default._default_context = default.get_context("fork")

        spec.loader.exec_module = load_and_choose  # type: ignore[method-assign]
        return spec


def _asked() -> int:
    """Wait for a client. Nothing to read means that the one before has closed its end."""
    line = b""
    while not line:
        pipe = _open(f"{PLACE}/ask", os.O_RDONLY)
        try:
            line = _read(pipe, 64)
        finally:
            _close(pipe)
    return int(line)


def _answer(text: str) -> None:
    pipe = _open(f"{PLACE}/answer", os.O_RDWR)
    _write(pipe, text.encode())
    _close(pipe)


_standard: list[io.TextIOWrapper] = []


def _take_streams(request: Request) -> None:
    """Make the client's standard streams ours; Python's own stay the same objects throughout."""
    for number in range(3):
        theirs = min(number, 1) if request.transcript else number
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY
        fd = _open(f"/proc/{request.client}/fd/{FIRST_STREAM + theirs}", flags)
        if fd != number:
            _dup2(fd, number)
            _close(fd)
        _set_inheritable(number, True)  # noqa: FBT003 it takes no name
    reader = io.BufferedReader(io.FileIO(0, closefd=False))
    sys.stdin = io.TextIOWrapper(reader, "utf-8", "surrogateescape")
    sys.__stdin__ = sys.stdin  # type: ignore[misc]
    if not _standard or any(stream.closed for stream in _standard):
        _standard[:] = [_output(1, "surrogateescape"), _output(2, "backslashreplace")]
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__ = _standard  # type: ignore[misc]


def _output(number: int, errors: str) -> io.TextIOWrapper:
    """A standard stream as Python makes it under PYTHONUNBUFFERED."""
    raw = io.FileIO(number, "w", closefd=False)
    return io.TextIOWrapper(raw, "utf-8", errors, write_through=True)


def _lend(env: Mapping[str, str | None]) -> dict[str, str | None]:
    """Set variables, None meaning none; what they were."""
    before = {name: os.environ.get(name) for name in env}
    for name, value in env.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    return before


def _remember(name: str, code: bytes) -> None:
    """Let tracebacks show the lines of code that is in no file."""
    lines = code.decode(errors="replace").splitlines(keepends=True)
    linecache.cache[name] = (len(code), None, lines, name)


def _show(problem: BaseException) -> None:
    """Print a traceback as it would be without this file's frames."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    problem = problem.with_traceback(trace)
    try:
        if sys.excepthook is not sys.__excepthook__:
            sys.excepthook(type(problem), problem, trace)
            return
        traceback.print_exception(type(problem), problem, trace)
    except BaseException as another:
        try:
            _write(2, f"cannot show {type(problem)}: {type(another)}\n".encode())
        except OSError:
            pass


def _exit_code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    try:
        sys.stderr.write(f"{code}\n")
    except BaseException:
        return 1
    return 1


def _await_threads() -> None:
    """A program ends when its threads have, daemons and those of executors apart."""
    threading = sys.modules.get("threading")
    if threading is None:
        return
    pools = sys.modules.get("concurrent.futures.thread")
    idle = getattr(pools, "_threads_queues", {})
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon and thread not in idle:
            try:
                thread.join()
            except BaseException as problem:
                _show(problem)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr, *_standard):
        try:
            stream.flush()
        except BaseException:
            continue


if __name__ == "__main__":
    serve()
