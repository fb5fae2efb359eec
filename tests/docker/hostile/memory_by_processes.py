# verdict: memory_limit
# limits: memory=128m
import os
import sys
import time

for _ in range(20):
    if os.fork() == 0:
        kept = bytearray(20 << 20)
        for place in range(0, len(kept), 4096):
            kept[place] = 1
        time.sleep(60)
statuses = [os.wait()[1] for _ in range(20)]
sys.exit(any(statuses))
