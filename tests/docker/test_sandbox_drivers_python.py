"""Snippets of one session share one Python: what each prints, and how it ends."""

from collections.abc import Mapping
from typing import Final

import pytest
from cells import Cell, expected, outcomes, told
from snippets import Runs

from runner.model import Outcome

TRACE: Final = 'Traceback (most recent call last):\n  File "/work/run/main.py", line '

CELLS: Final = [
    Cell(
        name="definitions",
        code=(
            "import asyncio, dataclasses, inspect, os, pickle, subprocess, sys, threading, time\n"
            "count = 1\n"
            "def greet(name: str = 'you'):\n"
            "    return f'hello {name}'\n"
            "@dataclasses.dataclass\n"
            "class Point:\n"
            "    x: int\n"
        ),
    ),
    Cell(
        name="names are shared",
        code="print(count, greet(), Point(2))",
        stdout="1 hello you Point(x=2)\n",
    ),
    Cell(name="a last expression is not echoed", code="count + 1"),
    Cell(
        name="main",
        code="if __name__ == '__main__':\n    print('main', __file__)",
        stdout="main /work/run/main.py\n",
    ),
    Cell(
        name="source of an earlier function",
        code="print(inspect.getsource(greet), end='')",
        stdout="def greet(name: str = 'you'):\n    return f'hello {name}'\n",
    ),
    Cell(name="pickled", code="print(pickle.loads(pickle.dumps(Point(3))))", stdout="Point(x=3)\n"),
    Cell(
        name="a loop of its own",
        code="async def five():\n    await asyncio.sleep(0)\n    return 5\n"
        "print(asyncio.run(five()))",
        stdout="5\n",
    ),
    Cell(name="future import", code="from __future__ import annotations"),
    Cell(
        name="future import carries over",
        code="def later(a: Missing): pass\nprint(later.__annotations__)",
        stdout="{'a': 'Missing'}\n",
    ),
    Cell(
        name="arguments, variables and input",
        code="print(sys.argv, os.environ['A'], input(), sys.stdin.read())\n"
        "os.environ['B'] = 'kept'",
        stdout="['main.py', 'x y'] of=this line rest\n",
        fields={"args": ("x y",), "env": {"A": "of=this"}, "stdin": "line\nrest"},
    ),
    Cell(
        name="its own variables are gone, exported ones stay",
        code="print(os.environ.get('A'), os.environ['B'], repr(sys.stdin.read()))",
        stdout="None kept ''\n",
    ),
    Cell(name="change directory", code="os.mkdir('sub'); os.chdir('sub')"),
    Cell(
        name="the directory stays",
        code="print(os.getcwd(), os.listdir('..'))",
        stdout="/work/run/sub ['sub']\n",
    ),
    Cell(name="exit code", code="sys.exit(3)\nprint('never')", exit_code=3),
    Cell(name="exit message", code="raise SystemExit('sorry')", stderr="sorry\n", exit_code=1),
    Cell(name="state outlives an exit", code="print(count)", stdout="1\n"),
    Cell(
        name="uncaught",
        code="\nraise ValueError('bad')",
        stderr=TRACE + "2, in <module>\n    raise ValueError('bad')\nValueError: bad\n",
        exit_code=1,
    ),
    Cell(name="function of three lines", code="\n\ndef fails(): raise ValueError"),
    Cell(
        name="lines of each its own",
        code="fails\n'not line 3'\n'nor this'",
    ),
    Cell(
        name="a trace through two snippets",
        code="import traceback\ntry:\n    fails()\nexcept ValueError as error:\n"
        "    print([(f.lineno, f.line) for f in traceback.extract_tb(error.__traceback__)])",
        stdout="[(3, 'fails()'), (3, 'def fails(): raise ValueError')]\n",
    ),
    Cell(name="start a process", code="child = subprocess.Popen(['sleep', '1000'])"),
    Cell(
        name="a process goes on",
        code="print(child.poll())\nchild.kill()\nprint(child.wait())",
        stdout="None\n-9\n",
    ),
    Cell(
        name="threads are waited for",
        code="threading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()",
        stdout="late\n",
    ),
    Cell(
        name="a daemon is not",
        code="go, done = threading.Event(), threading.Event()\n"
        "threading.Thread(target=lambda: (go.wait(), print('late'), done.set()), "
        "daemon=True).start()",
    ),
    Cell(name="a daemon prints into the next", code="go.set(); done.wait()", stdout="late\n"),
    Cell(
        name="pool",
        code="import multiprocessing\ndef square(x): return x * x\n"
        "with multiprocessing.Pool(2) as pool:\n    print(pool.map(square, [1, 2, 3]))",
        stdout="[1, 4, 9]\n",
    ),
    Cell(
        name="standard output replaced",
        code="sys.stdout = open('/tmp/elsewhere', 'w')\nprint('there')",
    ),
    Cell(
        name="standard output restored", code="print('here')\nsys.stdout.close()", stdout="here\n"
    ),
    Cell(
        name="standard output closed", code="print('again')\nos.closerange(0, 50)", stdout="again\n"
    ),
    Cell(name="all closed", code="print('and again')", stdout="and again\n"),
    Cell(
        name="a forked child ends with its snippet",
        code="if os.fork():\n    os.wait()\nprint('once each')",
        stdout="once each\nonce each\n",
    ),
    Cell(
        name="interrupted",
        code="sys.excepthook = lambda *problem: print(problem[0])\n"
        "os.kill(os.getpid(), 2)\ntime.sleep(5)",
        stdout="<class 'KeyboardInterrupt'>\n",
        exit_code=130,
        signal=2,
    ),
    Cell(
        name="warning",
        code="import warnings\nwarnings.warn('old')\nsys.excepthook = sys.__excepthook__",
        stderr="/work/run/main.py:2: UserWarning: old\n  warnings.warn('old')\n",
    ),
    Cell(
        name="transcript",
        code="_x = 1; _x + 1; None; 'a'\nprint('e', file=sys.stderr); print('o')",
        stdout="2\n'a'\ne\no\n",
        fields={"transcript": True},
    ),
    Cell(
        name="transcript of an error",
        code="_\n1 / 0\nprint('never')",
        stdout="'a'\nTraceback (most recent call last):\n"
        '  File "<stdin>", line 2, in <module>\nZeroDivisionError: division by zero\n',
        exit_code=1,
        fields={"transcript": True},
    ),
    Cell(
        name="files of its own",
        code="os.chdir('/work/run')\nimport beside\nprint(beside.value)",
        stdout="7\n",
        fields={"files": {"beside.py": b"value = 7"}},
    ),
    Cell(name="check", code="print('not run')", fields={"run": False}),
    Cell(
        name="the working directory is the snippets' own",
        code="print(sorted(os.listdir('.')))",
        stdout="['__pycache__', 'beside.py', 'sub']\n",
    ),
    Cell(
        name="the interpreter dies",
        code="print('last', flush=True)\nos._exit(7)",
        stdout="last\n",
        exit_code=7,
    ),
    Cell(name="a new interpreter", code="import os\nprint('count' in dir())", stdout="False\n"),
    Cell(name="a crash", code="os.kill(os.getpid(), 11)", exit_code=139, signal=11),
    Cell(
        name="another program",
        code="import os\nos.execvp('echo', ['echo', 'instead'])",
        stdout="instead\n",
    ),
]


@pytest.fixture(scope="module", params=["classic", "current"])
def session(request: pytest.FixtureRequest, run: Runs) -> Mapping[str, Outcome]:
    return outcomes(run, CELLS, language="python", images=request.param)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_snippet_finds_what_the_earlier_ones_left(
    session: Mapping[str, Outcome], cell: Cell
) -> None:
    assert told(session[cell.name]) == expected(cell)
