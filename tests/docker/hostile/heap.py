# verdict: memory_limit
# limits: memory=128m
kept = []
while True:
    kept.append(bytearray(1 << 20))
