from pathlib import Path

print(Path("notes.txt").read_text().strip(), Path("data/deep.txt").read_text().strip())
