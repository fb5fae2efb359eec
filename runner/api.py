"""The contract of Codomyrmex `coding/execution` on real sandboxes (DESIGN, section 6).

Nothing here raises for a snippet's, an argument's or the engine's fault: the returned mapping says
it.
"""

import atexit
import shlex
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

from runner.errors import EngineError, SandboxError
from runner.languages import CACHE_DIRECTORY, CLASSIC, Language
from runner.model import Case, Ending, Isolation, Limits, Outcome, Phase, Snippet, Source
from runner.options import Pull
from runner.sandbox.engine import Engine
from runner.sandbox.images import Images, Listener
from runner.sandbox.pool import Pool
from runner.sandbox.sandbox import Sandbox, Stay
from runner.sandbox.settings import settings_for

DEFAULT_TIMEOUT: Final = 30
MAX_TIMEOUT: Final = 300
MIN_TIMEOUT: Final = 1
_SESSION_ID_MAX: Final = 64
_ID_CHARACTERS: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
)
_SANDBOXES_MAX: Final = 1024
_HERE: Final = Source(path="<execute_code>", line=1)


def _supported(language: Language) -> dict[str, Any]:
    """A row in upstream's terms.

    No factor is applied to a timeout: the limit is the one asked for.
    """
    names = {"{source}": "{filename}", "{build}": ".", "{main}": "Main", "{cache}": CACHE_DIRECTORY}

    def plain(argv: tuple[str, ...]) -> list[str]:
        words = list(argv)
        for ours, theirs in names.items():
            words = [word.replace(ours, theirs) for word in words]
        return words

    command = plain(language.run)
    if language.compile:
        command = ["sh", "-c", f"{shlex.join(plain(language.compile))} && {shlex.join(command)}"]
    return {
        "image": language.image_reference,
        "extension": language.source.rpartition(".")[2],
        "command": command,
        "timeout_factor": 1.0,
    }


SUPPORTED_LANGUAGES: Final[dict[str, dict[str, Any]]] = {
    name: _supported(language) for name, language in CLASSIC.items()
}
ACTIVE_SESSIONS: Final[dict[str, "_Session"]] = {}
"""The sessions that hold a sandbox now, by their id."""
_sessions_lock = threading.Lock()
_pool_lock = threading.Lock()


def validate_timeout(timeout: float | None) -> float:
    """The timeout in seconds, brought into 1 to 300; None means 30."""
    if timeout is None:
        return DEFAULT_TIMEOUT
    return max(MIN_TIMEOUT, min(MAX_TIMEOUT, timeout))  # in this order NaN is the maximum


def validate_language(language: object) -> bool:
    """Whether `language` is a name in SUPPORTED_LANGUAGES."""
    return isinstance(language, str) and language in SUPPORTED_LANGUAGES


def validate_session_id(session_id: str | None) -> str | None:
    """The id if it is 1 to 64 ASCII letters, digits, `_` or `-`; else None."""
    if not isinstance(session_id, str) or not 1 <= len(session_id) <= _SESSION_ID_MAX:
        return None
    return session_id if _ID_CHARACTERS.issuperset(session_id) else None


def execute_code(
    language: str,
    code: str,
    stdin: str | None = None,
    timeout: float | None = None,
    session_id: str | None = None,
) -> dict[str, Any]:
    """Run `code` in a sandbox with the network off.

    Returns a dict with exactly `stdout` and `stderr` (str), `exit_code` (int, -1 where there is
    none),
    `execution_time` (seconds of the program alone), `status` (`success`, `execution_error`,
    `timeout`,
    `setup_error`) and `error_message` (str or None). Calls with one `session_id` share a
    sandbox, its files and processes, and in Python, JavaScript and bash the interpreter with its
    names, until `close_session` or the end of the process; a call without has one of its own.
    """
    problem = _argument_problem(language, code, stdin, timeout, session_id)
    if problem:
        return _setup_error(problem)
    snippet = _snippet(language, code, stdin or "", validate_timeout(timeout))
    try:
        if session_id is None:
            return _told(_run_alone(snippet), snippet)
        return _run_in_session(session_id, snippet)
    except (EngineError, SandboxError) as fault:
        return _setup_error(str(fault))


def close_session(session_id: str) -> bool:
    """End a session and its sandbox; whether there was one."""
    if validate_session_id(session_id) is None:
        return False
    with _sessions_lock:
        session = ACTIVE_SESSIONS.pop(session_id, None)
    if session is None:
        return False
    session.close()
    return True


@dataclass(slots=True)
class _Session:
    """A sandbox that one session holds, for one language."""

    language: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    sandbox: Sandbox | None = None
    stay: Stay | None = None
    over: bool = False
    """It has ended: who waited for it meanwhile needs another session."""

    def run(self, snippet: Snippet) -> Outcome | None:
        """Run one more snippet; a sandbox that has gone ends the session. None where it is over."""
        with self.lock:
            if self.over:
                return None
            try:
                (outcome,) = self._stay(snippet).run(snippet)
            finally:
                if self.sandbox is None or self.sandbox.spent:
                    self._end()
            return outcome

    def close(self) -> None:
        """End the sandbox."""
        with self.lock:
            self._end()

    def _stay(self, snippet: Snippet) -> Stay:
        if self.stay is None:
            self.sandbox = _pool().lend(settings_for(snippet))
            self.stay = Stay(self.sandbox, keep=True)
        return self.stay

    def _end(self) -> None:
        self.over = True
        if self.sandbox is not None:
            _pool().give_back(self.sandbox, fresh=True)
        self.sandbox = self.stay = None


def _pool() -> Pool:
    """The pool of this process, made with the first sandbox.

    EngineError where there is no engine.
    """
    with _pool_lock:
        return _new_pool()


@cache
def _new_pool() -> Pool:
    engine = Engine()
    images = Images(engine, pull=Pull.MISSING, listener=Listener(), again=True)
    pool = Pool(engine, images, jobs=_SANDBOXES_MAX, run="api")
    atexit.register(pool.close)
    return pool


def _run_alone(snippet: Snippet) -> Outcome:
    session = _Session(language=snippet.language.name)
    snippet = replace(snippet, language=replace(snippet.language, driver=None))
    try:
        outcome = session.run(snippet)
        assert outcome is not None  # noqa: S101 nobody else can have ended it
        return outcome
    finally:
        session.close()


def _run_in_session(session_id: str, snippet: Snippet) -> dict[str, Any]:
    language = snippet.language.name
    outcome: Outcome | None = None
    while outcome is None:
        with _sessions_lock:
            session = ACTIVE_SESSIONS.setdefault(session_id, _Session(language=language))
        if session.language != language:
            return _setup_error(f"Session '{session_id}' runs {session.language}, not {language}")
        try:
            outcome = session.run(snippet)
        finally:
            if session.over:
                _forget(session_id, session)
    return _told(outcome, snippet)


def _forget(session_id: str, session: _Session) -> None:
    """A session that has ended is no longer active; another under its id is."""
    with _sessions_lock:
        if ACTIVE_SESSIONS.get(session_id) is session:
            del ACTIVE_SESSIONS[session_id]


def _argument_problem(
    language: object, code: object, stdin: object, timeout: object, session_id: object
) -> str:
    if not validate_language(language):
        return _language_problem(language)
    if not isinstance(code, str) or not code:
        return "Code must be a non-empty string"
    if stdin is not None and not isinstance(stdin, str):
        return "stdin must be a string or None"
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, int | float)):
        return "timeout must be a number of seconds or None"
    if session_id is not None and validate_session_id(session_id) is None:  # type: ignore[arg-type]
        return "session_id must be 1 to 64 ASCII letters, digits, '_' or '-'"
    return ""


def _language_problem(language: object) -> str:
    if not isinstance(language, str):
        return f"Language must be a string, not {type(language).__name__}"
    name = language.encode(errors="backslashreplace").decode()
    known = ", ".join(SUPPORTED_LANGUAGES)
    return f"Language '{name}' is not supported. Supported languages: {known}"


def _snippet(language: str, code: str, stdin: str, timeout: float) -> Snippet:
    return Snippet(
        name="code",
        source=_HERE,
        code_source=_HERE,
        language=CLASSIC[language],
        code=code.encode(errors="surrogatepass"),
        cases=(Case(source=_HERE, stdin=stdin.encode(errors="surrogatepass"), timeout=timeout),),
        limits=Limits(timeout=timeout),
        isolation=Isolation.FRESH,
    )


def _told(outcome: Outcome, snippet: Snippet) -> dict[str, Any]:
    status, message = _status(outcome, snippet)
    return {
        "stdout": outcome.stdout.decode(errors="replace"),
        "stderr": outcome.stderr.decode(errors="replace"),
        "exit_code": -1 if outcome.exit_code is None else outcome.exit_code,
        "execution_time": round(outcome.wall, 3),
        "status": status,
        "error_message": message,
    }


def _status(outcome: Outcome, snippet: Snippet) -> tuple[str, str | None]:
    messages: Mapping[Ending, tuple[str, str]] = {
        Ending.TIMEOUT: (
            "timeout",
            f"Execution timeout after {snippet.limits.timeout:g} seconds.",
        ),
        Ending.MEMORY_LIMIT: ("execution_error", "Execution error: memory limit exceeded"),
        Ending.OUTPUT_LIMIT: ("execution_error", "Execution error: output limit exceeded"),
    }
    if outcome.ending in messages:
        return messages[outcome.ending]
    if outcome.exit_code == 0:
        return "success", None
    if outcome.phase is Phase.COMPILE:
        return "execution_error", "Execution error: the code does not compile"
    return "execution_error", f"Execution error: process exited with code {outcome.exit_code}"


def _setup_error(message: str) -> dict[str, Any]:
    return {
        "stdout": "",
        "stderr": message,
        "exit_code": -1,
        "execution_time": 0,
        "status": "setup_error",
        "error_message": message,
    }
