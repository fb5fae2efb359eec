# verdict: runtime_error memory_limit timeout
# limits: timeout=2
deeper() { deeper; }
deeper
