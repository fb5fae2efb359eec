# verdict: passed
# prints: refused refused refused
import os
import resource


def refused(attempt):
    try:
        attempt()
    except PermissionError:
        return "refused"
    return "done"


print(
    refused(lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (3, 3))),
    refused(lambda: os.setpriority(os.PRIO_PROCESS, 1, 19)),
    refused(lambda: os.sched_setaffinity(1, {0})),
)
