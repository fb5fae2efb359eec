import asyncio
import decimal
import json
import re
import sqlite3
import subprocess
import sys
import zoneinfo

assert json.loads('{"a": [1, 2.5]}') == {"a": [1, 2.5]}
assert re.sub(r"(\w+) (\w+)", r"\2 \1", "a b") == "b a"
assert sqlite3.connect(":memory:").execute("select 1 + 1").fetchone() == (2,)
assert subprocess.check_output([sys.executable, "-c", "print(6 * 7)"]) == b"42\n"
assert decimal.Decimal("0.1") * 3 == decimal.Decimal("0.3")
assert asyncio.run(asyncio.sleep(0, "slept")) == "slept"
assert zoneinfo is not None
print("ok")
