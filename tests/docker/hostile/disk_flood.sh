# verdict: runtime_error
yes >/tmp/flood 2>/dev/null
cat /dev/zero >/work/run/flood 2>/dev/null
