# verdict: timeout
# limits: timeout=1
trap '' HUP INT QUIT TERM USR1 USR2 PIPE
while :; do :; done
