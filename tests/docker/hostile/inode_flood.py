# verdict: passed
# podman: memory_limit timeout
# prints: 28
number = 0
try:
    while True:
        open(f"/tmp/{number}", "w").close()
        number += 1
except OSError as full:
    print(full.errno)
