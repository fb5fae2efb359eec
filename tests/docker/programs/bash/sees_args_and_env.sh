IFS='|'
echo "$*|$GREETING"
