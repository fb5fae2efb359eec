# verdict: passed
# prints: limited
import os

try:
    while True:
        if os.fork() == 0:
            os._exit(0)
except OSError:
    print("limited")
