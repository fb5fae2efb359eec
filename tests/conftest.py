"""What holds for all tests: those outside of tests/docker reach no Docker Engine."""

import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("test", deadline=None, max_examples=50)  # no machine is too slow
settings.register_profile("fuzz", max_examples=5000, deadline=None)
settings.load_profile("test")
DOCKER_TESTS = Path(__file__).parent / "docker"


def pytest_configure() -> None:
    """Under nohup, or in the background, signals are ignored, and by what the tests start too."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_docker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.path.is_relative_to(DOCKER_TESTS):
        monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
        monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
