# verdict: output_limit
# limits: output=65536
while :; do printf x; done
