"""Python programs by llm-sandbox, a container for each: `IMAGE JOBS`, a JSON list in, outputs out.

Without its set-up of an environment in each container, which would want the network.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from llm_sandbox import SandboxSession

LIMITS = {
    "network_mode": "none",
    "mem_limit": "596m",
    "memswap_limit": "596m",
    "pids_limit": 128,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
}


def main() -> None:
    image, jobs = sys.argv[1:]
    with ThreadPoolExecutor(int(jobs)) as pool:
        json.dump(list(pool.map(partial(run, image), json.load(sys.stdin))), sys.stdout)


def run(image: str, code: str) -> str:
    with SandboxSession(
        lang="python", image=image, runtime_configs=dict(LIMITS), skip_environment_setup=True
    ) as session:
        printed: str = session.run(code).stdout
        return printed


if __name__ == "__main__":
    main()
