# verdict: passed
import os

os.makedirs("/tmp/a/b/c")
open("/tmp/a/b/c/secret", "w").close()
for folder in ("/tmp/a/b/c", "/tmp/a/b", "/tmp/a", "/work/run"):
    os.chmod(folder, 0)
