declare -A ages=([ada]=36 [grace]=85)
parts=(o k)
mapfile -t lines < <(printf '%s\n' "${parts[@]}")
sleep 0.01 &
wait $!
[[ ${#ages[@]} == 2 && $(cat <(printf '%s' "${lines[@]}")) == ok ]] && echo ok
