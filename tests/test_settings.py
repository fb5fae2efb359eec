"""A container's settings."""

import re
from dataclasses import replace
from typing import Any

import pytest
from snippets import bash, python, snippet

from runner.languages import CLASSIC
from runner.model import KIB, MIB, Isolation, Limits, Snippet
from runner.sandbox.engine import Extra
from runner.sandbox.images import Image
from runner.sandbox.settings import (
    ADDED_BY_ENGINES,
    BUILD_SPACE,
    INIT_SPACE,
    INODES,
    LABEL,
    SYSTEM_V_SPACE,
    Settings,
    container_config,
    host_config,
    mounts,
    path_in,
    settings_for,
    settings_of,
)

IMAGE = Image(
    reference="bash:5.1",
    digest="sha256:1",
    architecture="amd64",
    env=(("PATH", "/bin"),),
    volumes=(),
    stand_in="",
)
SETTINGS = Settings(
    image="bash:5.1", memory=64 * MIB, cpus=None, pids=16, disk=8 * MIB, compiles=False
)


def tmpfs_sizes(settings: Settings, image: Image = IMAGE) -> dict[str, int]:
    """The writable mounts of programs, with their sizes in bytes."""
    found = {
        path: re.search(r"^rw.*,size=(\d+)(m?)", options)
        for path, options in mounts(settings, image).items()
    }
    return {
        path: int(match[1]) * (MIB if match[2] else 1)
        for path, match in found.items()
        if match and path != "/.sandbox"
    }


@pytest.mark.parametrize("memory", [16 * MIB, 64 * MIB, 512 * MIB, 4096 * MIB])
@pytest.mark.parametrize("disk", [64 * KIB, MIB + 1, 64 * MIB, 1024 * MIB])
@pytest.mark.parametrize("language", ["bash", "c"])
def test_no_disk_can_drive_init_out_of_memory(memory: int, disk: int, language: str) -> None:
    settings = settings_for(snippet(language, "", limits=Limits(memory=memory, disk=disk)))

    writable = sum(tmpfs_sizes(settings).values()) + SYSTEM_V_SPACE
    assert writable + INIT_SPACE <= host_config(settings, IMAGE)["Memory"]


@pytest.mark.parametrize("disk", [1, 4095, 64 * KIB, MIB + 3, 64 * MIB])
def test_the_three_places_together_are_the_disk(disk: int) -> None:
    sizes = tmpfs_sizes(replace(SETTINGS, disk=disk))

    assert set(sizes) == {"/work", "/tmp", "/dev/shm"}
    assert sum(sizes.values()) == disk


def test_compilers_have_a_place_of_their_own() -> None:
    sizes = tmpfs_sizes(replace(SETTINGS, compiles=True))

    assert sizes["/build"] == BUILD_SPACE
    assert sum(sizes.values()) == SETTINGS.disk + BUILD_SPACE


def test_the_number_of_files_is_limited_everywhere() -> None:
    options = mounts(replace(SETTINGS, compiles=True), IMAGE)

    assert all("nr_inodes=" in options[path] for path in ("/work", "/tmp", "/dev/shm", "/build"))
    assert all("nosuid" in text and "nodev" in text for text in options.values())


@pytest.mark.parametrize("volume", ["/data", "/work", "/tmp", "/tmp/x"])
def test_a_volume_is_covered_read_only_unless_it_is_a_place_of_ours(volume: str) -> None:
    options = mounts(SETTINGS, replace(IMAGE, volumes=(volume,)))

    ours = volume in ("/work", "/tmp")
    assert options[volume].startswith("rw" if ours else "ro")


def test_what_a_container_may_do() -> None:
    config = host_config(SETTINGS, IMAGE)

    assert config["NetworkMode"] == "none"
    assert config["IpcMode"] == "private"
    assert config["ReadonlyRootfs"] is True
    assert config["AutoRemove"] is True
    assert config["CapDrop"] == ["ALL"]
    assert config["CapAdd"] == ["SETUID", "SETGID", "KILL"]
    assert config["SecurityOpt"] == ["no-new-privileges"]
    assert config["MemorySwap"] == config["Memory"]
    assert config["PidsLimit"] == 17
    assert not {"Binds", "Mounts", "VolumesFrom", "Privileged", "Devices", "PidMode"} & set(config)


def test_a_share_of_the_processors_and_a_runtime_are_passed_on() -> None:
    config = host_config(replace(SETTINGS, cpus=1.5, runtime="runsc"), IMAGE)

    assert (config["CpuPeriod"], config["CpuQuota"]) == (100_000, 150_000)
    assert config["Runtime"] == "runsc"


def test_without_them_the_engine_decides() -> None:
    assert not {"CpuPeriod", "CpuQuota", "Runtime"} & set(host_config(SETTINGS, IMAGE))


def test_what_an_engine_refuses_can_be_left_out() -> None:
    whole = host_config(SETTINGS, IMAGE)
    least = host_config(SETTINGS, IMAGE, without=frozenset(Extra))

    inodes = f",nr_inodes={INODES}"
    without_inodes = {
        path: text.replace(inodes, ",notmpcopyup") for path, text in whole["Tmpfs"].items()
    }
    covered = dict.fromkeys(ADDED_BY_ENGINES, "ro,nosuid,nodev,size=4k")
    assert whole["Sysctls"]["net.ipv4.tcp_max_tw_buckets"] == "0"
    assert "nr_inodes" in whole["Tmpfs"]["/tmp"]
    assert "Sysctls" not in least
    assert least["Tmpfs"] == without_inodes | covered
    assert [limit["Name"] for limit in least["Ulimits"]] == ["core", "nofile", "nproc"]


def test_a_container_gets_nothing_of_the_runner_and_is_labelled() -> None:
    config = container_config(IMAGE, run="abc", init_size=10)

    assert config["Env"] == [f"PATH={path_in(IMAGE)}"]
    assert config["User"] == "0:0"
    assert config["Healthcheck"] == {"Test": ["NONE"]}
    assert config["Labels"] == {LABEL: "abc"}
    assert "head -c 10 " in config["Entrypoint"][2]


def test_snippets_that_differ_in_what_they_are_share_a_sandbox() -> None:
    one = python("1", name="a", stdin="x", timeout=1.0, args=("a",), limits=Limits(timeout=3.0))
    other = python("2", name="b", env={"A": "1"}, limits=Limits(output=10, compile_timeout=2.0))

    assert settings_for(one) == settings_for(other)
    assert hash(settings_for(one)) == hash(settings_for(other))


@pytest.mark.parametrize(
    "other",
    [
        bash("", limits=Limits(memory=128 * MIB)),
        bash("", limits=Limits(cpus=1.0)),
        bash("", limits=Limits(pids=5)),
        bash("", limits=Limits(disk=MIB)),
        snippet(CLASSIC["bash"].at("5.3"), ""),
        python(""),
        snippet("c", ""),
        snippet("go", ""),
    ],
    ids=["memory", "cpus", "pids", "disk", "version", "image", "compiled", "warm"],
)
def test_what_is_fixed_with_a_container_makes_another_sandbox(other: object) -> None:
    assert settings_for(bash("")) != settings_for(other)  # type: ignore[arg-type]


@pytest.mark.parametrize(("many", "expected"), [(False, ["go"]), (True, ["java", "go"])])
def test_what_is_warmed_up_for_one_snippet_and_for_many(
    many: bool,  # noqa: FBT001 a parameter of the test
    expected: list[str],
) -> None:
    made = {name: settings_for(snippet(name, ""), many=many) for name in CLASSIC}

    assert [name for name in CLASSIC if made[name].warm is not None] == expected


COUNTED = replace(CLASSIC["java"], warm_from=3)


def counted(number: int, **fields: Any) -> list[tuple[Snippet, ...]]:  # noqa: ANN401 as snippet
    """So many sessions of one snippet, whose language's warm-up pays from 3 for each sandbox on."""
    return [(snippet(COUNTED, "", **fields),)] * number


@pytest.mark.parametrize(
    ("sessions", "jobs", "warm"),
    [
        (counted(3), 1, 3),
        (counted(2), 1, 0),
        (counted(6), 2, 6),
        (counted(5), 2, 0),
        ([counted(1)[0] * 3], 1, 1),
        ([*counted(2), (bash(""),), (python(""),)], 1, 0),
        (counted(2) + counted(2, limits=Limits(memory=64 * MIB)), 1, 0),
        (counted(3, isolation=Isolation.FRESH), 1, 0),
        (counted(2) + counted(2, isolation=Isolation.FRESH), 1, 0),
        ([(snippet("go", ""),)], 8, 1),
        ([(snippet("go", "", isolation=Isolation.FRESH),)], 8, 1),
    ],
    ids=[
        "enough",
        "too few",
        "enough for two",
        "too few for two",
        "a session's snippets",
        "other languages",
        "other settings",
        "a sandbox each",
        "too few that share one",
        "one for which it always pays",
        "the same with a sandbox of its own",
    ],
)
def test_a_warm_up_is_where_it_pays(
    sessions: list[tuple[Snippet, ...]], jobs: int, warm: int
) -> None:
    made = settings_of(sessions, jobs=jobs)

    assert [settings.warm is not None for settings in made].count(True) == warm
    assert [settings.image for settings in made] == [
        members[0].language.image_reference for members in sessions
    ]


def test_what_has_had_its_warm_up_is_used_for_a_few_snippets_too() -> None:
    (warm,) = {*settings_of(counted(3), jobs=1)}

    assert settings_of(counted(1), jobs=1, idle={warm}) == [warm]
    assert settings_of(counted(1), jobs=1, idle={replace(warm, pids=1)}) != [warm]
    assert settings_of(counted(1, isolation=Isolation.FRESH), jobs=1, idle={warm}) != [warm]


def test_the_runtime_is_in_all_of_them() -> None:
    made = settings_of([*counted(3), (bash(""),)], jobs=1, runtime="runsc")

    assert [settings.runtime for settings in made] == ["runsc"] * 4
