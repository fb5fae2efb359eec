"""The pure parts of the contract of `coding/execution`."""

import math

import pytest

import runner
from runner import (
    DEFAULT_TIMEOUT,
    MAX_TIMEOUT,
    MIN_TIMEOUT,
    SUPPORTED_LANGUAGES,
    close_session,
    validate_language,
    validate_session_id,
    validate_timeout,
)

LANGUAGES = {
    "python": "python:3.9-slim",
    "javascript": "node:14-alpine",
    "java": "eclipse-temurin:11-jdk",
    "c": "gcc:9",
    "cpp": "gcc:9",
    "go": "golang:1.19-alpine",
    "rust": "rust:1.65-slim",
    "bash": "bash:5.1",
}


def test_the_limits_are_upstreams() -> None:
    assert (DEFAULT_TIMEOUT, MAX_TIMEOUT, MIN_TIMEOUT) == (30, 300, 1)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (None, 30),
        (1, 1),
        (10.5, 10.5),
        (300, 300),
        (0, 1),
        (0.999, 1),
        (-5, 1),
        (300.01, 300),
        (10**400, 300),
        (True, 1),
        (False, 1),
        (math.inf, 300),
        (-math.inf, 1),
        (math.nan, 300),
    ],
)
def test_a_timeout_is_brought_into_its_range(given: float | None, seconds: float) -> None:
    assert validate_timeout(given) == seconds


@pytest.mark.parametrize("valid", ["a", "Z", "0", "_", "-", "user-1_B", "a" * 64])
def test_a_session_id_is_itself(valid: str) -> None:
    assert validate_session_id(valid) == valid


@pytest.mark.parametrize(
    "invalid",
    [
        *("", "a" * 65, "a b", " a", "a\n", "a.b", "../a", "a/b", "a;b", "$(a)", "a\0"),
        *("\u00e9", "\u0663", "\u00b2", "\uff11", "\u0430", "\ud800"),
    ],
    ids=ascii,
)
def test_anything_else_is_no_session_id(invalid: str) -> None:
    assert validate_session_id(invalid) is None


@pytest.mark.parametrize("invalid", [None, 7, b"a", ["a"], {"a"}], ids=repr)
def test_what_is_no_text_is_no_session_id(invalid: str) -> None:
    assert validate_session_id(invalid) is None
    assert close_session(invalid) is False


def test_the_languages_and_their_images_are_upstreams() -> None:
    assert {name: row["image"] for name, row in SUPPORTED_LANGUAGES.items()} == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_upstreams_keys(language: str) -> None:
    row = SUPPORTED_LANGUAGES[language]

    assert list(row) == ["image", "extension", "command", "timeout_factor"]
    assert row["extension"].isalpha()
    assert all(isinstance(word, str) and word for word in row["command"])
    assert not {"{source}", "{build}", "{main}", "{cache}"} & set(" ".join(row["command"]).split())
    assert row["timeout_factor"] == 1.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_valid(language: str) -> None:
    assert validate_language(language)


@pytest.mark.parametrize("language", ["", "Python", "python ", "pyton", "php", None, 3, ["c"], {}])
def test_another_is_not(language: object) -> None:
    assert not validate_language(language)


def test_the_package_offers_the_contract_by_name() -> None:
    assert all(getattr(runner, name) is not None for name in runner.__all__)


def test_another_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'runner' has no attribute 'nonsense'"):
        _ = runner.nonsense
