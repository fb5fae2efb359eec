trap 'echo ok' EXIT
trap 'signal=caught' USR1
kill -USR1 $$
[[ $signal == caught ]] || trap - EXIT
