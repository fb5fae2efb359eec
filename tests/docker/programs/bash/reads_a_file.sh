echo "$(<notes.txt) $(cat data/deep.txt)"
