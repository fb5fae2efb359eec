# verdict: passed
import os

os.makedirs("deep/" * 200)
for name in ("new\nline", "-rf", "*", " ", "\\", "x" * 255, "\udcff", "\x01", "$(reboot)"):
    os.mkdir(name)
    open(f"{name}/-rf", "w").close()
os.symlink("..", "up")
os.symlink("loop", "loop")
os.symlink("/etc/passwd", "passwd")
os.link("-rf/-rf", "hard")
os.mkfifo("fifo")
