# verdict: passed
# prints: too long 100
import os
import sys

if len(sys.argv) > 1:
    print("too long", sum(name.startswith("X") for name in os.environ))
else:
    try:
        os.execve(sys.executable, [sys.executable], {"X": "x" * 20_000_000})
    except OSError:
        much = {f"X{number}": "x" * 10_000 for number in range(100)}
        os.execve(sys.executable, [sys.executable, __file__, "again"], os.environ | much)
