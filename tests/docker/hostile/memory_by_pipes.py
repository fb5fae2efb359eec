# verdict: passed
# prints: limited
# limits: memory=64m
import fcntl
import os

ends = []
try:
    while True:
        reader, writer = os.pipe()
        ends.append((reader, writer))
        os.set_blocking(writer, False)
        try:
            fcntl.fcntl(writer, 1031, 1 << 20)
        except OSError:
            pass
        try:
            os.write(writer, bytes(1 << 20))
        except OSError:
            pass
except OSError:
    print("limited")
