"""What the drivers of a session's interpreters are sent and started with."""

import pytest
from snippets import case, snippet

from runner.languages import CLASSIC
from runner.sandbox.drivers import client, driver_files, place, request_files

DRIVERS = ["python", "javascript", "bash"]


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_languages_with_a_driver_name_their_own(driver: str) -> None:
    assert CLASSIC[driver].driver == driver


def test_no_other_language_has_one() -> None:
    assert {name for name, row in CLASSIC.items() if row.driver} == set(DRIVERS)


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_client_starts_a_file_that_is_among_the_drivers(driver: str) -> None:
    argv = client(driver)
    program, supervisor = argv[-1], argv[argv.index("supervisor.sh")]

    assert place(driver) in argv
    assert {supervisor, program} <= set(driver_files(driver))


def test_a_request_is_fields_that_end_in_nul() -> None:
    one = snippet("bash", b"code \xff", args=("a b", ""), env={"A": "1=2", "B": ""})
    first = case(args=one.cases[0].args, env=one.cases[0].env)

    files = request_files(
        one.code, source="main.sh", transcript=False, args=first.args, env=first.env
    )

    assert files == {"request": b"main.sh\0file\x002\0a b\0\0A=1=2\0B=\0", "code": b"code \xff"}


def test_a_transcript_says_so() -> None:
    files = request_files(b"", source="main.py", transcript=True, args=(), env={})

    assert files["request"] == b"main.py\0transcript\x000\0"
