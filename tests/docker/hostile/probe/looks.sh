found=
for path in /tmp/* /tmp/.[!.]* /dev/shm/* /dev/shm/.[!.]* /dev/mqueue/* /dev/pts/[0-9]* /work/* /work/.[!.]* \
  /work/run/* /work/run/.[!.]* /work/home/* /work/home/.[!.]*; do
  case $path in /work/run | /work/home | /work/run/looks.sh) continue ;; esac
  if [ -e "$path" ] || [ -L "$path" ]; then found="$found $path"; fi
done
for process in /proc/[0-9]*; do
  case $process in /proc/1 | "/proc/$$") continue ;; esac
  if [ -d "$process" ]; then found="$found $process"; fi
done
for table in /proc/sysvipc/shm /proc/sysvipc/sem /proc/sysvipc/msg /proc/net/tcp /proc/net/unix; do
  lines=0
  while read -r _; do lines=$((lines + 1)); done <"$table"
  if [ "$lines" -gt 1 ]; then found="$found $table"; fi
done
: >mine
echo "clean$found"
