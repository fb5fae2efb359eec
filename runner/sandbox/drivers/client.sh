# One snippet of a session, as init sees it: $1 is the driver's directory, the rest starts the
# driver. This process has the snippet's streams, clock and end; the driver opens the streams by its
# number, runs the snippet and says how it ended. Both pipes are opened for reading and writing: so
# neither side can be left hanging because the other one died.
cd "$1" || exit 126
shift
supervisor=
[ ! -f supervisor ] || read -r supervisor <supervisor
if [ ! -p ask ] || ! kill -0 "$supervisor" 2>/dev/null; then
    rm -rf ask answer && mkfifo -m 600 ask answer || exit 126
    "$@" </dev/null >/dev/null 2>&1
fi
# The streams under numbers that no redirection below changes, not even for a moment.
exec 3<&0 4>&1 5>&2 6<>ask 7<>answer
echo $$ >&6
while read -r client how code <&7; do
    case $client in $$ | 0) break ;; esac
done
case $code in '' | *[!0-9]*) exit 1 ;; esac
if [ "$how" != exited ]; then
    # Only those that end a process: a signal that stops it would leave us waiting for ever.
    case $((code - 128)) in
    [1-9] | 1[0-6] | 2[4-7] | 29 | 3[01]) kill "-$((code - 128))" $$ ;;
    esac
fi
exit "$code"
