# verdict: output_limit
import sys

while True:
    sys.stdout.write("flood\n" * 1000)
