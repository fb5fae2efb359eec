# verdict: passed
cd /
mv /work/run /work/elsewhere
ln -s /tmp /work/run
echo secret >/work/elsewhere/secret
