# verdict: timeout
# limits: timeout=1
while :; do (
  sleep 60 &
) 2>/dev/null; done
