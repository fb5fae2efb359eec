# verdict: passed
# empty
