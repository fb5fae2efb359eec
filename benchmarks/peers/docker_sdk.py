"""Python programs by the Docker SDK, a container for each.

`IMAGE JOBS`; a JSON list in, a list of their outputs out.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import docker

LIMITS = {
    "network_mode": "none",
    "ipc_mode": "private",
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "user": "12345:12345",
    "mem_limit": "596m",
    "memswap_limit": "596m",
    "pids_limit": 128,
    "tmpfs": {"/work": "exec,size=32m", "/tmp": "exec,size=16m"},  # noqa: S108 in the container
}


def main() -> None:
    image, jobs = sys.argv[1:]
    client = docker.from_env()
    with ThreadPoolExecutor(int(jobs)) as pool:
        json.dump(list(pool.map(partial(run, client, image), json.load(sys.stdin))), sys.stdout)


def run(client: docker.DockerClient, image: str, code: str) -> str:
    printed = client.containers.run(image, ["python", "-c", code], remove=True, **LIMITS)
    return printed.decode()


if __name__ == "__main__":
    main()
