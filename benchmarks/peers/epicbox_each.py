"""Python programs by epicbox, a container for each.

`IMAGE JOBS`; a JSON list in, a list of their outputs out.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import epicbox

LIMITS = {"cputime": None, "realtime": 30, "memory": 596, "processes": 128}


def main() -> None:
    image, jobs = sys.argv[1:]
    epicbox.configure(profiles=[epicbox.Profile("python", image, user="12345:12345")])
    with ThreadPoolExecutor(int(jobs)) as pool:
        json.dump(list(pool.map(run, json.load(sys.stdin))), sys.stdout)


def run(code: str) -> str:
    files = [{"name": "main.py", "content": code.encode()}]
    result = epicbox.run("python", "python3 main.py", files=files, limits=LIMITS)
    printed: bytes = result["stdout"]
    return printed.decode()


if __name__ == "__main__":
    main()
