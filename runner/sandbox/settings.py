"""A container's settings: what they are for a snippet, and how the engine is told; pure."""

import posixpath
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from runner.languages import Language
from runner.model import KIB, MIB, Isolation, Snippet
from runner.sandbox.engine import Extra
from runner.sandbox.images import Image

BUILD_SPACE = 256 * MIB
"""For a compiler's results, temporary files and cache; on top of the snippet's own disk."""
SYSTEM_V_SPACE = 16 * MIB
INIT_SPACE = 20 * MIB
"""What init and the kernel's own books need beside the programs.

So that no program can starve init.
"""
INODES = 16 * KIB
PROCESSES = 16 * KIB
"""Of one user id on the whole machine, where the engine must be told a number; `pids` is less."""
ADDED_BY_ENGINES = ("/run", "/var/tmp")  # noqa: S108 paths inside the sandbox
"""Places that some make writable in spite of a read-only root."""
CPU_PERIOD = 100_000
"""In microseconds: of each the container gets its share."""
INIT_PATH = "/.sandbox/init"
LABEL = "org.codomyrmex.exec-action"
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that is fixed when a container is made.

    Sandboxes with equal settings are interchangeable.
    """

    image: str
    memory: int
    cpus: float | None
    pids: int
    disk: int
    compiles: bool
    warm: Language | None = None
    """The language whose warm-up the sandbox has had, where it has one."""
    runtime: str | None = None

    @property
    def container_memory(self) -> int:
        """Programs' memory and everything they can write: no tmpfs can drive init out of memory."""
        return self.memory + self.disk + (BUILD_SPACE if self.compiles else 0) + INIT_SPACE


def settings_for(snippet: Snippet, *, runtime: str | None = None, many: bool = False) -> Settings:
    """The settings of a sandbox that can run `snippet`.

    `many`: and as many more that a warm-up pays which does not for a few.
    """
    language = snippet.language
    return Settings(
        image=language.image_reference,
        memory=max(snippet.limits.memory, SYSTEM_V_SPACE),
        cpus=snippet.limits.cpus,
        pids=snippet.limits.pids,
        disk=snippet.limits.disk,
        compiles=bool(language.compile),
        warm=language if language.warm and (many or not language.warm_from) else None,
        runtime=runtime,
    )


def settings_of(
    sessions: Sequence[Sequence[Snippet]],
    *,
    jobs: int,
    idle: AbstractSet[Settings] = frozenset(),
    runtime: str | None = None,
) -> list[Settings]:
    """The settings of the sandboxes of a run's sessions, `jobs` at a time.

    With a warm-up where the run is large enough for it, or where one of the `idle` sandboxes has
    had it already. In a sandbox of its own (`isolation: fresh`) a session has it to itself.
    """
    keys = [
        settings_for(members[0], runtime=runtime, many=_reuses(members)) for members in sessions
    ]
    compiled: Counter[Settings] = Counter()
    for key, members in zip(keys, sessions, strict=True):
        compiled[key] += len(members)
    return [
        key
        if key in idle or key.warm is None or compiled[key] >= key.warm.warm_from * jobs
        else settings_for(members[0], runtime=runtime)
        for key, members in zip(keys, sessions, strict=True)
    ]


def _reuses(session: Sequence[Snippet]) -> bool:
    return all(snippet.isolation is Isolation.REUSE for snippet in session)


def host_config(
    settings: Settings, image: Image, *, without: AbstractSet[Extra] = frozenset()
) -> dict[str, Any]:
    """The engine's HostConfig for a sandbox (DESIGN, What a sandbox promises)."""
    config: dict[str, Any] = {
        "NetworkMode": "none",
        "IpcMode": "private",
        "CgroupnsMode": "private",
        "ReadonlyRootfs": True,
        "AutoRemove": True,
        "CapDrop": ["ALL"],
        "CapAdd": ["SETUID", "SETGID", "KILL"],
        "SecurityOpt": ["no-new-privileges"],
        "Memory": settings.container_memory,
        "MemorySwap": settings.container_memory,
        "PidsLimit": settings.pids + 1,
        "Ulimits": [
            {"Name": "core", "Soft": 1, "Hard": 1},
            {"Name": "nofile", "Soft": 1024, "Hard": 1024},
        ],
        "LogConfig": {"Type": "none", "Config": {}},
        "Tmpfs": mounts(settings, image, without=without),
    }
    if settings.cpus is not None:
        # Not NanoCpus, which the engine lets nobody lift by a quota.
        config["CpuPeriod"] = CPU_PERIOD
        config["CpuQuota"] = round(settings.cpus * CPU_PERIOD)
    if settings.runtime is not None:
        config["Runtime"] = settings.runtime
    if Extra.ANY_PROCESSES in without:
        config["Ulimits"].append({"Name": "nproc", "Soft": PROCESSES, "Hard": PROCESSES})
    if Extra.SYSCTLS not in without:
        config["Sysctls"] = {
            "net.ipv4.tcp_max_tw_buckets": "0",
            "kernel.shmall": str(SYSTEM_V_SPACE // (4 * KIB)),
            "kernel.shmmni": "64",
            "kernel.msgmni": "32",
            "kernel.sem": "32000 32000 500 128",
            "net.ipv4.tcp_no_metrics_save": "1",
            "net.ipv4.tcp_fastopen": "0",
        }
    return config


def mounts(
    settings: Settings, image: Image, *, without: AbstractSet[Extra] = frozenset()
) -> dict[str, str]:
    """The tmpfs of a sandbox: one disk budget split over the three places that programs write to.

    An image's volumes would be writable places that nobody scrubs: they are covered, read-only.
    """
    # Who refuses the first is Podman, which copies the image's files into a tmpfs unless told.
    inodes = ",notmpcopyup" if Extra.INODES in without else f",nr_inodes={INODES}"
    half, rest = settings.disk // 2, settings.disk - settings.disk // 2
    added = ADDED_BY_ENGINES if Extra.BARE_MOUNTS in without else ()
    volumes = map(posixpath.normpath, image.volumes)
    tmpfs = dict.fromkeys((*volumes, *added), "ro,nosuid,nodev,size=4k")
    tmpfs |= {
        "/.sandbox": "rw,exec,nosuid,nodev,mode=0700,size=4m",
        "/work": _writable(half) + inodes,
        "/tmp": _writable(rest // 2) + inodes,  # noqa: S108 a path inside the sandbox
        "/dev/shm": _writable(rest - rest // 2) + inodes,  # noqa: S108 as above
    }
    if settings.compiles:
        tmpfs["/build"] = _writable(BUILD_SPACE) + inodes
    return tmpfs


def _writable(size: int) -> str:
    return f"rw,exec,nosuid,nodev,mode=1777,size={size}"


def path_in(image: Image) -> str:
    """Where programs are looked for: as the image says, if it says anything."""
    return dict(image.env).get("PATH") or _DEFAULT_PATH


def container_config(image: Image, *, run: str, init_size: int) -> dict[str, Any]:
    """The engine's container configuration.

    Its shell takes `init_size` bytes from stdin and becomes them.
    """
    bootstrap = f"head -c {init_size} >{INIT_PATH} && chmod 500 {INIT_PATH} && exec {INIT_PATH}"
    return {
        "Image": image.reference,
        "Entrypoint": ["/bin/sh", "-c", bootstrap],
        "Cmd": [],
        "User": "0:0",
        "WorkingDir": "/",
        "Hostname": "sandbox",
        "Env": [f"PATH={path_in(image)}"],
        "Tty": False,
        "OpenStdin": True,
        "StdinOnce": True,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Healthcheck": {"Test": ["NONE"]},
        "Labels": {LABEL: run},
    }
