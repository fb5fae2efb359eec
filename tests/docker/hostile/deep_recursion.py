# verdict: runtime_error
import sys

sys.setrecursionlimit(1 << 30)


def deeper(value):
    return deeper([value])


deeper(None)
