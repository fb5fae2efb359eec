# verdict: passed
# prints: 0
# limits: timeout=60
import os

opened = []
for root in ("/proc/sys", "/sys/fs", "/sys/kernel", "/sys/power", "/sys/firmware", "/sys/module"):
    for folder, _, names in os.walk(root):
        for name in names:
            try:
                os.close(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_NONBLOCK))
                opened.append(f"{folder}/{name}")
            except OSError:
                pass
print(len(opened), *opened[:5])
