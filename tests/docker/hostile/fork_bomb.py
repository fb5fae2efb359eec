# verdict: timeout
# limits: timeout=1
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
