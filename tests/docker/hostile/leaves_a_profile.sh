# verdict: passed
for file in .profile .bashrc .bash_profile .bash_logout; do
  echo 'echo poisoned' >"$HOME/$file"
done
echo 'echo poisoned' >/work/run/main.sh
