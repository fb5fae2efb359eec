import tempfile
from pathlib import Path

Path("made/here").mkdir(parents=True)
Path("made/here/out.txt").write_text("text")
with tempfile.NamedTemporaryFile() as file:
    file.write(b"more")
Path.home().joinpath(".state").write_text("kept")
print("ok")
