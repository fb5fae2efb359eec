"""Python programs by llm-sandbox's pool: `IMAGE JOBS`, a JSON list in, their outputs out.

Its containers are used again as they were left: nothing separates one program from the next.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from llm_sandbox import SandboxSession
from llm_sandbox.pool import PoolConfig, create_pool_manager
from llm_sandbox.pool.base import ContainerPoolManager

LIMITS = {
    "network_mode": "none",
    "mem_limit": "596m",
    "memswap_limit": "596m",
    "pids_limit": 128,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
}


def main() -> None:
    image, jobs = sys.argv[1], int(sys.argv[2])
    pool = create_pool_manager(
        backend="docker",
        config=PoolConfig(max_pool_size=jobs, min_pool_size=jobs, enable_prewarming=True),
        lang="python",
        image=image,
        runtime_configs=dict(LIMITS),
    )
    try:
        with ThreadPoolExecutor(jobs) as threads:
            json.dump(list(threads.map(partial(run, pool), json.load(sys.stdin))), sys.stdout)
    finally:
        pool.close()


def run(pool: ContainerPoolManager, code: str) -> str:
    with SandboxSession(lang="python", pool=pool) as session:
        printed: str = session.run(code).stdout
        return printed


if __name__ == "__main__":
    main()
