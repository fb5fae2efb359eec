set -euo pipefail
if false | true; then
    echo "pipefail is off"
else
    echo ok
fi
