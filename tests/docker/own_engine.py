"""A Docker Engine of a test's own, to be stopped, killed, frozen, filled up and started anew."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import docker
from docker import DockerClient

PATIENCE: Final = 60.0
DISK: Final = "256m"
CONTROLLERS: Final = Path("/sys/fs/cgroup")


class OwnEngine:
    """A dockerd beside the machine's own, all in a folder: no network, no rule of a firewall."""

    def __init__(self, *, without: Sequence[str] = ()) -> None:
        """`without`: controllers of cgroup v1 that it is not to see."""
        self._without = without
        self.folder = Path(tempfile.mkdtemp(prefix="exec-action-engine-", dir="/tmp"))
        self.host = f"unix://{self.folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None
        (self.folder / "data").mkdir()
        disk = ["-t", "tmpfs", "-o", f"size={DISK}", "none", str(self.folder / "data")]
        subprocess.run(["mount", *disk], check=True)

    def start(self) -> None:
        """Start it; it answers when this returns."""
        words = {
            "data-root": self.folder / "data",
            "exec-root": self.folder / "exec",
            "pidfile": self.folder / "pid",
            "host": self.host,
            "bridge": "none",
            "iptables": "false",
            "ip-forward": "false",
            "ip-masq": "false",
            "max-download-attempts": "1",
            "shutdown-timeout": "1",
        }
        for stale in ("pid", "exec/containerd/containerd.pid"):  # left by one that was killed
            (self.folder / stale).unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                # In a network of its own: with `--bridge=none` a dockerd removes docker0, whosever
                # that is.
                [*self._apart(), 'ip link set lo up; exec dockerd "$@"', "sh"]
                + [f"--{name}={value}" for name, value in words.items()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def ensure(self) -> None:
        """Start it where it has ended."""
        if self._process is None or self._process.poll() is not None:
            self.start()

    def client(self) -> DockerClient:
        return docker.DockerClient(base_url=self.host, version="1.40")  # which asks for nothing yet

    def containers(self) -> list[str]:
        """The states of all."""
        client = self.client()
        states = [one.status for one in client.containers.list(all=True, ignore_removed=True)]
        client.close()
        return states

    def free_disk(self) -> int:
        """Bytes."""
        return shutil.disk_usage(self.folder / "data").free

    def inside(self, *words: str) -> subprocess.Popen[str]:
        """Start a program in the engine's network; what it prints can be read."""
        assert self._process is not None
        entering = ["nsenter", "--net", "--target", str(self._process.pid)]
        return subprocess.Popen([*entering, *words], stdout=subprocess.PIPE, text=True)

    def load(self, image: str) -> None:
        """Give it an image that the machine's own engine has."""
        archive = self.folder / "image.tar"
        subprocess.run(["docker", "save", "--output", archive, image], check=True)
        theirs: list[str | Path] = [
            "docker",
            "--host",
            self.host,
            "load",
            "--quiet",
            "--input",
            archive,
        ]
        subprocess.run(theirs, stdout=subprocess.DEVNULL, check=True)
        archive.unlink()

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def end(self, number: int) -> None:
        """Send it that signal, and wait for its end."""
        self.signal(number)
        assert self._process is not None
        self._process.wait(PATIENCE)

    def remove(self) -> None:
        """End it in good order, with all that it started, and remove its folder."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
        self.ensure()
        self.end(signal.SIGTERM)
        for mount in _mounts_below(self.folder):
            subprocess.run(["umount", "--lazy", mount], check=False)
        shutil.rmtree(self.folder)

    def _apart(self) -> list[str]:
        """What runs a shell's words in a network of its own, without some controllers."""
        if not self._without:
            return ["unshare", "--net", "sh", "-c"]
        hidden = " ".join(str(CONTROLLERS / name) for name in self._without)
        hiding = f'umount {hidden} && exec sh -c "$@"'
        return ["unshare", "--net", "--mount", "sh", "-c", hiding, "sh"]

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as asking:
                asking.settimeout(1)
                asking.connect(self.host.removeprefix("unix://"))
                asking.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return b" 200 OK" in asking.recv(100)
        except OSError:
            return False


def can_be_started() -> bool:
    return os.geteuid() == 0 and shutil.which("dockerd") is not None


def _mounts_below(folder: Path) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [path for line in lines if (path := line.split()[1]).startswith(f"{folder}/")][::-1]
