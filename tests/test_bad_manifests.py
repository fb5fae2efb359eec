"""Each file in bad_manifests says in its first lines which problems it has: all of them, no other.

`# expect 4:12 a part of the message`: line and column, or a part of the message alone.
"""

import re
from pathlib import Path

import pytest

from runner.errors import UsageError
from runner.manifest import read

FOLDER = Path(__file__).parent / "bad_manifests"


def expectations(path: Path) -> list[tuple[str, str]]:
    lines = path.read_bytes().splitlines()
    expected = [line[9:].decode() for line in lines if line.startswith(b"# expect ")]
    found = [re.fullmatch(r"(?:(\d+:\d+) )?(.*)", text) for text in expected]
    return [(match[1] or "", match[2]) for match in found if match]


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.stem)
def test_a_bad_manifest_has_exactly_the_problems_it_says(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)

    with pytest.raises(UsageError) as caught:
        read(Path(path.name))

    problems = caught.value.problems
    expected = expectations(path)
    assert len(problems) == len(expected), problems
    for (place, part), problem in zip(expected, problems, strict=True):
        assert problem.startswith(f"{path.name}:{place}")
        assert part in problem
        assert problem.isprintable()
