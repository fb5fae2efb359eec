# Waits for the driver's end, which the session's next snippet could not learn of otherwise. A shell
# that exits leaves its state, for the next one to begin with. Where a limit has killed this process
# too, the next client finds nobody under its number.
echo $$ >supervisor
rm -f restore
[ ! -f state ] || mv state restore
"$@"
status=$?
how=died
[ ! -f state ] || how=exited
rm -f ask
echo "0 $how $status" 1<>answer
