# verdict: memory_limit
# limits: memory=64m timeout=10
text=xxxxxxxxxxxxxxxx
while :; do text=$text$text; done
