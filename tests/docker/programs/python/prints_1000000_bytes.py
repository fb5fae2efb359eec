for number in range(10_000):
    print(f"{number:099d}")
