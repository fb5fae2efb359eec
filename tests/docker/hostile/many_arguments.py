# verdict: runtime_error
# arguments: 300000
print("started")
