import sys

first = input()
rest = sys.stdin.read().split()
print("hello,", first, *rest)
