"""A registry of images that cannot be pulled: the first part of an image's name says why.

broken_registry.py PORT
"""

import gzip
import hashlib
import json
import sys
import tarfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

MIB: Final = 1024 * 1024
BIG: Final = 300 * MIB
"""More than the disk of a test's engine: of the image `big` once unpacked, of `long` on its way."""


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def layer(size: int) -> bytes:
    """An archive with one file of so many MiB of zeros, compressed piece by piece."""
    entry = tarfile.TarInfo("file")
    entry.size = size * MIB
    end = bytes(2 * tarfile.BLOCKSIZE)
    return gzip.compress(entry.tobuf()) + gzip.compress(bytes(MIB)) * size + gzip.compress(end)


class Image:
    """An image of one layer of so many MiB, which nobody gets so far as to compare unpacked."""

    def __init__(self, size: int) -> None:
        self.layer = layer(size)
        rootfs = {"type": "layers", "diff_ids": [digest(b"")]}
        system = {"architecture": "amd64", "os": "linux", "config": {}}
        self.config = json.dumps(system | {"rootfs": rootfs}).encode()
        kind = "application/vnd.docker"
        self.manifest = {
            "schemaVersion": 2,
            "mediaType": f"{kind}.distribution.manifest.v2+json",
            "config": _part(f"{kind}.container.image.v1+json", self.config),
            "layers": [_part(f"{kind}.image.rootfs.diff.tar.gzip", self.layer)],
        }


def _part(kind: str, content: bytes) -> dict[str, object]:
    return {"mediaType": kind, "size": len(content), "digest": digest(content)}


IMAGES: Final = {
    "half": Image(3),
    "wrong": Image(1),
    "big": Image(BIG // MIB),
    "long": Image(1),
}


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        name, _, rest = self.path.removeprefix("/v2/").partition("/")
        image = IMAGES.get(name)
        if not name:
            self._say(200, b"{}")
        elif image is None:
            status = {"denied": 403, "broken": 500}.get(name, 404)
            self._say(status, b'{"errors": [{"code": "X", "message": "not for you"}]}')
        elif rest.startswith("manifests/"):
            content = json.dumps(image.manifest).encode()
            self._say(200, content, kind=str(image.manifest["mediaType"]))
        elif rest.endswith(digest(image.config)):
            self._say(200, image.config)
        elif name == "half":
            self._say(200, image.layer, sent=len(image.layer) // 2)
        elif name == "long":
            self._say(200, bytes(BIG))
        else:
            content = image.layer if name == "big" else image.layer[::-1]
            self._say(200, content)

    def _say(
        self, status: int, content: bytes, *, kind: str = "application/json", sent: int = -1
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Docker-Content-Digest", digest(content))
        self.send_header("Docker-Distribution-API-Version", "registry/2.0")
        self.end_headers()
        self.wfile.write(content[:sent] if sent >= 0 else content)
        self.close_connection = sent >= 0

    def log_message(self, *_: object) -> None:
        pass


class Registry(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """An engine hangs up on what it cannot use: that is no fault of the registry."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


if __name__ == "__main__":
    server = Registry(("127.0.0.1", int(sys.argv[1])), Answer)
    print("ready", flush=True)  # noqa: T201 it is waited for
    server.serve_forever()
