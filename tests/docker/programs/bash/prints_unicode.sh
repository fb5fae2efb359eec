text="žluťoučký 日本語 🦀"
[[ ${#text} == 15 ]] && echo "$text"
