"""`python -m runner` and the console script `exec-action`."""

import os
from typing import NoReturn

from runner.cli import main


def run() -> NoReturn:
    """The whole program.

    It ends without Python's own clearing up, which takes as long as a few snippets: by now all is
    written, and the engine has been told to let go of what there was.
    """
    os._exit(main())


if __name__ == "__main__":
    run()
