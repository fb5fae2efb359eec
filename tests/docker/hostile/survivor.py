# verdict: passed
# prints: parent
import os
import time

print("parent", flush=True)
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.close(1)
    os.close(2)
    while True:
        open("/tmp/survivor", "a").write("x")
        time.sleep(0.001)
time.sleep(0.05)
