read -r first
rest=$(cat)
echo "hello, $first $rest"
