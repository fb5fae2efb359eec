for ((number = 0; number < 10000; number++)); do printf '%099d\n' "$number"; done
