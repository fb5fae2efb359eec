"""A replay's form in a file, which anybody may have written."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snippets import alone, bash

from runner.model import Ending, Outcome, Phase
from runner.replay import Replay, _head, packed, unpacked

KEY = "a" * 64
WHOLE = Outcome(
    ending=Ending.SIGNALED,
    phase=Phase.COMPILE,
    exit_code=139,
    signal=11,
    stdout=b"\xff\0\r\n",
    stderr=b"no",
    files={"a/b": b"\x80", "c": None},
    wall=0.25,
    cpu=0.125,
    peak_memory=1 << 20,
    compile_wall=1.5,
    compile_cpu=1.25,
    image_digest="sha256:1",
)
PLAIN = Outcome(ending=Ending.EXITED, exit_code=0)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
FIELDS = sorted(
    json.loads(packed(Replay(outcomes=(PLAIN,), stored=1.0), key=KEY).split(b"\n")[1])["outcomes"][
        0
    ]
)


def written(value: object) -> bytes:
    """A file that says `value`, and is whole."""
    content = json.dumps(value).encode()
    return _head(KEY, content) + content


def with_(**changes: object) -> bytes:
    """A file with one outcome, changed in these fields."""
    value = json.loads(packed(Replay(outcomes=(PLAIN,), stored=1.0), key=KEY).split(b"\n")[1])
    value["outcomes"][0] |= changes
    return written(value)


def test_a_replay_tells_what_happened_as_a_sandbox_would() -> None:
    replay = Replay(outcomes=(WHOLE, PLAIN), stored=1.0)

    assert list(replay.run(alone(bash("true")))) == [WHOLE, PLAIN]


def test_it_comes_back_as_it_was() -> None:
    replay = Replay(outcomes=(WHOLE, PLAIN), stored=1234.5)

    assert unpacked(packed(replay, key=KEY), key=KEY) == replay


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"exec-action outcomes 1 \n",
        packed(Replay(outcomes=(WHOLE,), stored=1.0), key="b" * 64),
        packed(Replay(outcomes=(WHOLE,), stored=1.0), key=KEY)[:-1],
        packed(Replay(outcomes=(WHOLE,), stored=1.0), key=KEY).replace(b"sha256:1", b"sha256:2"),
        written([]),
        written({"stored": 1}),
        written({"stored": 1, "outcomes": []}),
        written({"stored": 1, "outcomes": [[]]}),
        written({"stored": True, "outcomes": [{}]}),
        _head(KEY, b"[" * 100_000) + b"[" * 100_000,
        _head(KEY, b"\xff") + b"\xff",
        with_(ending="timeout"),
        with_(ending="no such"),
        with_(phase=1),
        with_(exit_code=256),
        with_(exit_code=-1),
        with_(exit_code=True),
        with_(signal="9"),
        with_(stdout="="),
        with_(stdout=None),
        with_(files=[]),
        with_(files={"a": 1}),
        with_(wall=-1),
        with_(wall=float("inf")),
        with_(cpu=float("nan")),
        with_(peak_memory=1 << 60),
        with_(image_digest="x" * 1000),
    ],
)
def test_anything_else_is_told_apart(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(raw, key=KEY)


@given(field=st.sampled_from(FIELDS), value=JSON)
def test_no_value_of_a_field_is_a_crash(field: str, value: object) -> None:
    with suppress(ValueError):
        unpacked(with_(**{field: value}), key=KEY)


@given(value=JSON)
def test_no_file_is_a_crash(value: object) -> None:
    with suppress(ValueError):
        unpacked(written(value), key=KEY)
