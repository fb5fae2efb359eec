# verdict: passed
import os

for place in ("/tmp", "/dev/shm", "/work", "/work/run", "/work/home"):
    open(f"{place}/secret", "w").write("secret")
    open(f"{place}/.secret", "w").write("secret")
os.open("/tmp/unlinked", os.O_CREAT | os.O_RDWR)
os.unlink("/tmp/unlinked")
