# verdict: passed
# prints: 28
import os

parts = []
try:
    while True:
        for place in ("/work/run", "/tmp", "/dev/shm"):
            part = os.open(f"{place}/{len(parts)}", os.O_CREAT | os.O_WRONLY)
            parts.append(part)
            os.write(part, bytes(4 << 20))
            os.unlink(f"{place}/{len(parts) - 1}")
except OSError as full:
    print(full.errno)
