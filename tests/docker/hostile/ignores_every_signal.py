# verdict: timeout
# limits: timeout=1
import os
import signal

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
for _ in range(5):
    os.fork()
while True:
    pass
