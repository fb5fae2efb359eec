"""A Dask cluster in place of this machine: its workers run the sessions, on their own engines."""

from importlib.util import find_spec

from runner.errors import UsageError
from runner.lending import Lender
from runner.options import Options


def connection(options: Options) -> Lender:
    """The cluster at `options.cluster`; UsageError where the package for it is missing."""
    if find_spec("distributed") is None:
        needed = "pip install 'codomyrmex-exec-action[cluster]'"
        raise UsageError(f"exec-action: --cluster needs the package 'distributed': {needed}")
    from runner.cluster.client import Cluster  # noqa: PLC0415 it takes a second to import

    return Cluster(options)
