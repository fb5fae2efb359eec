# verdict: passed
# prints: /dev/mqueue /dev/shm /tmp /work /work/home /work/run
import os

written = set()
for folder, folders, _ in os.walk("/"):
    folders[:] = [name for name in folders if f"{folder}/{name}" != "//proc"]
    try:
        path = f"{folder}/.trace"
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        written.add(folder)
    except OSError:
        pass
print(*sorted(written))
