"""action.yml, the module that reads its inputs, the command line and README say the same."""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from runner.action import outputs
from runner.flags import parser
from runner.inputs import FILES, FLAGS, NAMES, OPTIONS, SWITCHES, understand

ROOT: Final = Path(__file__).parent.parent
ACTION: Final[dict[str, Any]] = yaml.safe_load((ROOT / "action.yml").read_text())
INPUTS: Final[dict[str, dict[str, Any]]] = ACTION["inputs"]
OUTPUTS: Final = tuple(outputs(None, code=0, junit=None))
NO_INPUTS: Final = {
    *("--help", "--version", "--list", "--watch", "--quiet"),
    *("--update", "--update-all", "--check", "--no-cache"),
    "--cluster",
}
"""Options that make no sense in a workflow."""


def _options() -> dict[str, set[str]]:
    """Each option of `run` by its longest name, with all of its names."""
    actions = parser("run")._actions
    names = [set(action.option_strings) for action in actions if action.option_strings]
    return {max(some, key=len): some for some in names}


def test_each_input_of_the_file_is_read_and_no_other() -> None:
    assert set(INPUTS) == NAMES


def test_each_output_of_the_file_is_written_and_no_other() -> None:
    assert set(ACTION["outputs"]) == set(OUTPUTS)


def test_each_option_of_the_command_line_has_its_input() -> None:
    mirrored = {word.removesuffix("=") for word in OPTIONS.values()} | set(FLAGS.values())
    mirrored |= {"--junit", "--report"}

    without = [name for name, names in _options().items() if not names & mirrored]

    assert set(without) == NO_INPUTS


@pytest.mark.parametrize("name", sorted(NAMES))
def test_an_input_is_described(name: str) -> None:
    assert len(INPUTS[name]["description"]) > 10


def test_no_input_is_required_of_each_step() -> None:
    """`merge` takes the place of `manifest`."""
    assert [name for name in INPUTS if INPUTS[name].get("required")] == []


@pytest.mark.parametrize("name", sorted({*SWITCHES, *FLAGS}))
def test_the_default_of_a_switch_is_what_it_is_when_empty(name: str) -> None:
    empty = "true" if SWITCHES.get(name) else "false"

    assert str(INPUTS[name].get("default", "false")).lower() == empty


@pytest.mark.parametrize("name", sorted({*OPTIONS, *FILES} - {"manifest", "merge", "junit"}))
def test_the_default_of_an_option_is_that_of_the_command_line(name: str) -> None:
    given = {"INPUT_MANIFEST": "a.yml"}
    default = str(INPUTS[name].get("default", ""))

    told = understand({**given, f"INPUT_{name.upper()}": default})

    assert told == understand(given)


def test_the_entry_point_imports_nothing_from_the_workspace() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert ACTION["runs"]["using"] == "docker"
    assert 'python", "-I", "-m", "runner.action"]' in dockerfile


@pytest.mark.parametrize("name", [*sorted(NAMES), *OUTPUTS])
def test_readme_tells_of_it(name: str) -> None:
    assert f"`{name}`" in (ROOT / "README.md").read_text()
