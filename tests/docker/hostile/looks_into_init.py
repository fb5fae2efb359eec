# verdict: passed
# prints: refused refused refused refused refused refused
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def refused(attempt):
    try:
        result = attempt()
    except OSError:
        return "refused"
    return "refused" if result == -1 else f"done: {result}"


print(
    refused(lambda: os.kill(1, 9)),
    refused(lambda: libc.ptrace(16, 1, 0, 0)),
    refused(lambda: os.open("/proc/1/mem", os.O_RDWR)),
    refused(lambda: os.listdir("/proc/1/fd")),
    refused(lambda: open("/proc/1/environ", "rb").read()),
    refused(lambda: os.listdir("/.sandbox")),
)
