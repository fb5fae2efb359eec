# verdict: output_limit
import os
import threading


def flood(stream):
    while True:
        os.write(stream, b"flood\n" * 1000)


threading.Thread(target=flood, args=(2,), daemon=True).start()
flood(1)
