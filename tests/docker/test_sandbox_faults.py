"""Faults of the sandbox are told apart from the program's, and don't end the run."""

import io
import os
import re
from collections.abc import Iterator, Sequence
from typing import Final

import pytest
from docker import DockerClient
from lateness import eventually
from snippets import Runs, bash, case, prints, python, snippet, together

from runner.languages import CLASSIC, Language
from runner.model import (
    Expectation,
    Isolation,
    Limits,
    Result,
    Verdict,
)

# ------------------------------------------------------------------ images


def row(image: str = "bash:5.1", *, run: Sequence[str] = ("bash", "{source}")) -> Language:
    return Language(name="own", image=image, source="main.sh", run=tuple(run))


def test_an_image_that_is_not_there_is_the_fault_of_its_cases_alone(run: Runs) -> None:
    missing = row("no-such-image.invalid/nothing:1")

    report = run(
        bash("echo 1"),
        snippet(missing, "true", cases=[case("1"), case("2")]),
        bash("echo 2"),
        together(snippet(missing, "true"), snippet(missing, "true")),
    )

    assert [result.verdict for result in report.results] == [
        Verdict.PASSED,
        Verdict.SANDBOX_ERROR,
        Verdict.SANDBOX_ERROR,
        Verdict.PASSED,
        Verdict.SANDBOX_ERROR,
        Verdict.SKIPPED,
    ]
    assert "no-such-image.invalid/nothing:1" in report.results[1].reason


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (("no-such-command", "{source}"), "cannot run 'no-such-command' in this image"),
        (("/etc/passwd",), "cannot run '/etc/passwd' in this image"),
        (("/",), "cannot run '/' in this image"),
    ],
    ids=["missing", "not executable", "a directory"],
)
def test_a_command_that_the_image_does_not_have_is_a_sandbox_error_with_one_clear_reason(
    run: Runs, argv: tuple[str, ...], reason: str
) -> None:
    report = run(snippet(row(run=argv), "true"), bash("exit 0"), jobs=1)

    assert [result.verdict for result in report.results] == [Verdict.SANDBOX_ERROR, Verdict.PASSED]
    assert report.results[0].reason.startswith(reason)
    assert "\n" not in report.results[0].reason


def test_files_that_do_not_fit_are_a_sandbox_error_that_says_so(run: Runs) -> None:
    limits = Limits(disk=1024 * 1024)

    report = run(bash("true", files={"big": bytes(2_000_000)}, limits=limits))

    assert report.results[0].verdict is Verdict.SANDBOX_ERROR
    assert "disk" in report.results[0].reason


@pytest.fixture(scope="module")
def odd_image(client: DockerClient) -> Iterator[str]:
    """An image with everything that could get in a sandbox's way."""
    name = f"exec-action-test-{os.getpid()}"
    recipe = """
FROM bash:5.1
RUN adduser -D -u 1234 somebody 2>/dev/null || useradd -u 1234 somebody || true
RUN mkdir -p /data /cache/deep && chmod 777 /data /cache/deep && echo old >/data/seed
VOLUME /data /cache/deep
HEALTHCHECK --interval=1s CMD touch /tmp/healthy
ENV FROM_IMAGE=1 HOME=/elsewhere
USER somebody
WORKDIR /data
ENTRYPOINT ["/bin/false"]
CMD ["nothing"]
STOPSIGNAL SIGUSR1
"""
    client.images.build(fileobj=io.BytesIO(recipe.encode()), tag=name, rm=True)
    yield name
    client.images.remove(name, force=True)


@pytest.fixture(scope="module")
def in_odd_image(run: Runs, odd_image: str) -> dict[str, Result]:
    """Results of programs in that image, by what they look at."""
    codes = {
        "volumes": "touch /data/x /cache/deep/x; echo $?; grep -E ' /(data|cache)' /proc/mounts",
        "user": "id -u; pwd; echo $FROM_IMAGE $HOME; touch here && echo writable",
        "health": "sleep 1.5; ls /tmp",
    }
    results = run(*(snippet(row(odd_image), code) for code in codes.values())).results
    return dict(zip(codes, results, strict=True))


def test_volumes_of_an_image_are_no_place_to_write(in_odd_image: dict[str, Result]) -> None:
    answer, *mounts = in_odd_image["volumes"].outcome.stdout.decode().splitlines()

    assert answer != "0"
    assert len(mounts) == 2
    assert all(" ro," in mount for mount in mounts)


def test_the_user_entry_point_and_directory_of_an_image_do_not_matter(
    in_odd_image: dict[str, Result],
) -> None:
    uid, directory, variables, writable = (
        in_odd_image["user"].outcome.stdout.decode().split("\n")[:4]
    )

    assert int(uid) >= 10_000
    assert (directory, variables, writable) == ("/work/run", "1 /work/home", "writable")


def test_the_health_check_of_an_image_is_off(in_odd_image: dict[str, Result]) -> None:
    assert in_odd_image["health"].outcome.exit_code == 0
    assert in_odd_image["health"].outcome.stdout == b""


def test_no_volume_of_an_image_is_left(run: Runs, client: DockerClient, odd_image: str) -> None:
    def made_by_images() -> set[str]:
        """Those without a name; what others make meanwhile has one."""
        names = {str(volume.id) for volume in client.volumes.list()}
        return {name for name in names if re.fullmatch("[0-9a-f]{64}", name)}

    before = made_by_images()

    report = run(snippet(row(odd_image), "true"), snippet(row(odd_image), "kill -9 $$"))

    assert report.results[0].verdict is Verdict.PASSED
    assert eventually(lambda: made_by_images() <= before)


@pytest.fixture(scope="module")
def hostile_image(client: DockerClient) -> Iterator[str]:
    """An image that would lend its programs privileges, and has places where ours are."""
    name = f"exec-action-hostile-{os.getpid()}"
    recipe = r"""
FROM python:3.9-slim
RUN mkdir -p /opt && cp $(readlink -f $(command -v python)) /opt/capable
RUN cp /opt/capable /opt/setuid && chmod 6755 /opt/setuid
RUN /opt/capable -c "import os, struct; os.setxattr('/opt/capable', 'security.capability', \
    struct.pack('<5I', 0x02000001, 0xffffffff, 0, 0xff, 0))"
RUN mkdir -p -m 777 /build/src/deep /work/run/deep /work/home && touch /build/src/file
RUN ln -s /etc /.sandbox-link && chmod 777 /opt
LABEL org.codomyrmex.exec-action=others
ENV PATH= LD_PRELOAD=/none.so BASH_ENV=/none ENV=/none PYTHONSTARTUP=/none
VOLUME /tmp/ /work/ /dev/shm/ /build/src/deep
ONBUILD RUN exit 1
SHELL ["/none"]
STOPSIGNAL 19
"""
    client.images.build(fileobj=io.BytesIO(recipe.encode()), tag=name, rm=True)
    yield name
    client.images.remove(name, force=True)


PROBES: Final = {
    "init": ("open('/proc/1/cmdline').read().strip('\\0')", "/.sandbox/init"),
    "setuid": ("said('/opt/setuid', 'import os; print(os.geteuid() == os.getuid() > 0)')", "True"),
    "capabilities": (
        """said('/opt/capable', "print(open('/proc/self/status').read().split('CapEff:')[1]"
        ".split()[0].strip('0'))")""",
        "",
    ),
    "places": (
        "[open(place + '/left', 'x').close() for place in ('/tmp', '/work/run', '/dev/shm')]",
        "[None, None, None]",
    ),
    "nothing left": ("os.listdir('/tmp') + os.listdir('/dev/shm')", "[]"),
    "its own build": (
        "os.access('/build/src', os.W_OK), *sorted(os.listdir('/build/src'))",
        "False deep file",
    ),
    "its own path": ("os.environ['PATH'].startswith('/usr/local/sbin:')", "True"),
    "environment": ("os.environ['LD_PRELOAD'], os.environ.get('RUNNER')", "/none.so None"),
}


@pytest.fixture(scope="module")
def in_hostile_image(run: Runs, hostile_image: str) -> dict[str, Result]:
    """Results of one program after the other in that image, all in one sandbox."""
    begin = """
import os, subprocess
def said(*words):
    try:
        ran = subprocess.run([words[0], "-c", words[1]], capture_output=True, text=True)
    except OSError:
        return ""
    return ran.stdout.strip()
"""
    own = row(hostile_image, run=("python", "{source}"))
    codes = [f"{begin}print({expression})" for expression, _ in PROBES.values()]
    results = run(*(snippet(own, code) for code in codes), jobs=1).results
    return dict(zip(PROBES, results, strict=True))


@pytest.mark.parametrize("name", PROBES)
def test_an_image_lends_nothing_and_takes_no_place_of_ours(
    name: str, in_hostile_image: dict[str, Result]
) -> None:
    result, said = in_hostile_image[name], PROBES[name][1]

    assert (result.verdict, result.reason) == (Verdict.PASSED, "")
    assert result.outcome.stdout.decode().strip() == said


def test_a_hostile_image_costs_no_sandbox(in_hostile_image: dict[str, Result]) -> None:
    assert len({result.outcome.sandbox for result in in_hostile_image.values()}) == 1


# ------------------------------------------------------------------ skip, xfail, retries, fail fast


def test_a_skipped_snippet_is_not_run_and_needs_no_image(run: Runs) -> None:
    report = run(snippet(row("no-such-image.invalid/nothing:1"), "true", skip="not today"))

    assert report.results[0].verdict is Verdict.SKIPPED
    assert report.results[0].reason == "not today"
    assert report.engine == ""


def test_expected_failures(run: Runs) -> None:
    report = run(
        bash("exit 1", xfail="a bug"),
        bash("exit 0", xfail="a bug", retries=2),
        snippet(row(run=("no-such-command",)), "true", xfail="a bug"),
    )

    verdicts = [result.verdict for result in report.results]
    assert verdicts == [Verdict.XFAILED, Verdict.XPASSED, Verdict.SANDBOX_ERROR]
    assert report.results[1].attempts == 1


def test_a_failure_is_retried_as_often_as_stated(run: Runs) -> None:
    report = run(bash("exit 1", retries=2), bash("exit 0", retries=2))

    assert [(result.verdict, result.attempts) for result in report.results] == [
        (Verdict.RUNTIME_ERROR, 3),
        (Verdict.PASSED, 1),
    ]


def test_a_pass_after_a_failure_is_flaky(run: Runs) -> None:
    by_chance = "import random; raise SystemExit(random.random() < 0.5)"

    report = run(python(by_chance, retries=40, expect=Expectation()), python("exit(0)"))

    first = report.results[0]
    assert first.verdict is (Verdict.PASSED if first.attempts == 1 else Verdict.FLAKY)


def test_fail_fast_begins_nothing_new_after_a_failure(run: Runs) -> None:
    report = run(bash("true"), bash("exit 1"), bash("true"), bash("true"), jobs=1, fail_fast=True)

    verdicts = [result.verdict for result in report.results]
    assert verdicts == [Verdict.PASSED, Verdict.RUNTIME_ERROR, Verdict.SKIPPED, Verdict.SKIPPED]
    assert "fail-fast" in report.results[2].reason


def test_a_snippet_may_have_more_cases_than_a_sandbox_takes(run: Runs) -> None:
    cases = [case(str(n), args=(str(n),), expect=prints(str(n))) for n in range(1100)]

    report = run(bash('echo "$1"', cases=cases), jobs=1)

    assert {result.verdict for result in report.results} == {Verdict.PASSED}
    assert len({result.outcome.sandbox for result in report.results}) == 2


# ------------------------------------------------------------------ what a report tells

JOBS: Final = 1


@pytest.fixture(scope="module")
def isolation() -> Isolation:
    return Isolation.REUSE


def test_a_report_tells_engine_image_and_sandbox(run: Runs, client: DockerClient) -> None:
    report = run(bash("true"))

    (result,) = report.results
    image = client.images.get(CLASSIC["bash"].image_reference)
    assert report.engine.startswith(("Docker Engine ", "Podman"))
    assert result.outcome.image_digest in (image.id, *digests(image.attrs["RepoDigests"]))
    assert len(result.outcome.sandbox) == 12
    assert result.run_id.endswith("-1")


def digests(references: list[str]) -> list[str]:
    return [reference.partition("@")[2] for reference in references]


def test_results_are_in_the_order_of_the_plan(run: Runs) -> None:
    work = [bash(f"sleep 0.{9 - n}; echo {n}", expect=prints(str(n))) for n in range(9)]

    report = run(*work, jobs=4)

    assert [result.outcome.stdout for result in report.results] == [b"%d\n" % n for n in range(9)]
