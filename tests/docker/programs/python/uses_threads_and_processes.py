from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor


def square(number):
    return number * number


if __name__ == "__main__":
    with ThreadPoolExecutor(8) as threads, ProcessPoolExecutor(2) as processes:
        assert sum(threads.map(square, range(10))) == sum(processes.map(square, range(10))) == 285
    print("ok")
