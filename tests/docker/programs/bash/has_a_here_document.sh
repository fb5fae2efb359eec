name=ok
text=$(
    cat <<END
$name
END
)
read -r again <<<"$text"
cat <<'END' >literal.txt
$name
END
[[ $again == ok && $(<literal.txt) == '$name' ]] && echo "$text"
