"""Snippets of one session share one Node: what each prints, and how it ends."""

from collections.abc import Mapping
from typing import Final

import pytest
from cells import Cell, expected, outcomes, told
from snippets import Runs

from runner.model import Outcome

CELLS: Final = [
    Cell(
        name="definitions",
        code="const one = 1; let count = 0; var old = 2;\n"
        "class A { b = 1; get() { return this.b; } }\nfunction next() { return ++count; }",
    ),
    Cell(
        name="names are shared",
        code="console.log(one, next(), old, new A().get())",
        stdout="1 1 2 1\n",
    ),
    Cell(name="a last expression is not echoed", code="one + 1"),
    Cell(
        name="as a file is named",
        code="console.log(require.main === module, __filename, __dirname, typeof exports)",
        stdout="true /work/run/main.js /work/run object\n",
    ),
    Cell(
        name="module",
        code="import { sep as s, join } from 'path';\nimport * as url from "
        "'url';\nimport os from 'os';\n"
        "export const made = 5;\nexport default function named() { return 'n'; }\n"
        "console.log(s, join('a', 'b'), typeof url.parse, typeof os.cpus, import.meta.url);",
        stdout="/ a/b function function file:///work/run/main.mjs\n",
    ),
    Cell(
        name="imports are shared",
        code="console.log(made, named(), join('c', s), typeof url.parse)",
        stdout="5 n c/ function\n",
    ),
    Cell(
        name="imports again",
        code="import os from 'os';\nimport { join } from 'path';\nconsole.log(typeof os)",
        stdout="object\n",
    ),
    Cell(
        name="await",
        code="const late = await Promise.resolve(3);\nclass K { m() { return 7; "
        "} }\nfunction f() { return late; }\n"
        "let { a, b: [c, d = 4] } = { a: 1, b: [2] }, e;",
    ),
    Cell(
        name="names of await are shared",
        code="console.log(late, new K().m(), f(), a, c, d, e)",
        stdout="3 7 3 1 2 4 undefined\n",
    ),
    Cell(
        name="await before brackets",
        code="const [p, ...q] = await [1, 2];\nawait (async () => console.log(p, q))()",
        stdout="1 [ 2 ]\n",
    ),
    Cell(name="for await", code="for await (const x of [1, 2]) console.log(x)", stdout="1\n2\n"),
    Cell(
        name="await that never ends",
        code="await new Promise(() => {})",
        stderr="Warning: Detected unsettled top-level await\n",
        exit_code=13,
    ),
    Cell(
        name="timers are waited for",
        code="setTimeout(() => console.log('late'), 20)",
        stdout="late\n",
    ),
    Cell(
        name="order",
        code="setImmediate(() => console.log(3)); Promise.resolve().then(() => "
        "console.log(2)); console.log(1)",
        stdout="1\n2\n3\n",
    ),
    Cell(
        name="exit", code="setInterval(() => console.log('tick'), 1); process.exit(3)", exit_code=3
    ),
    Cell(
        name="nothing of it goes on",
        code="console.log(one); setTimeout(() => {}, 30)",
        stdout="1\n",
    ),
    Cell(
        name="exit that is caught",
        code="try { process.exit(5) } catch { console.log('no') } console.log('no')",
        exit_code=5,
    ),
    Cell(
        name="exit in a callback",
        code="setTimeout(() => { process.exit(6); }, 5); setInterval(() => {}, 5)",
        exit_code=6,
    ),
    Cell(
        name="exit in a promise",
        code="(async () => { await null; process.exit(7); })()",
        exit_code=7,
    ),
    Cell(name="exit code", code="process.exitCode = 4", exit_code=4),
    Cell(
        name="exit listener",
        code="process.once('exit', (code) => console.log('bye', code)); process.exit(0)",
        stdout="bye 0\n",
    ),
    Cell(name="exit code is forgotten", code="console.log('fine')", stdout="fine\n"),
    Cell(
        name="input as a stream",
        code="process.stdin.on('data', (d) => console.log(`got ${d}`)).on('end', "
        "() => console.log('end'))",
        stdout="got hello\nend\n",
        fields={"stdin": "hello"},
    ),
    Cell(
        name="input by lines",
        code="require('readline').createInterface({ input: process.stdin }).on"
        "('line', (l) => console.log(`<${l}>`))",
        stdout="<a>\n<b>\n",
        fields={"stdin": "a\nb\n"},
    ),
    Cell(
        name="arguments, variables and input",
        code="console.log(process.argv.slice(2), process.env.A, "
        "require('fs').readFileSync(0, 'utf8'))",
        stdout="[ 'x y' ] of=this rest\n",
        fields={"args": ("x y",), "env": {"A": "of=this"}, "stdin": "rest"},
    ),
    Cell(
        name="its own variables are gone",
        code="console.log(process.env.A, process.argv.length)",
        stdout="undefined 2\n",
    ),
    Cell(
        name="server",
        code="const http = require('http');\n"
        "const server = http.createServer((q, s) => s.end('hi')).listen(8080, () "
        "=> console.log('up'))",
        stdout="up\n",
    ),
    Cell(
        name="a server answers later",
        code="http.get('http://localhost:8080', (s) => s.on('data', (d) => "
        "console.log(String(d))))",
        stdout="hi\n",
    ),
    Cell(
        name="start a process",
        code="const child = require('child_process').spawn('sleep', ['1000'], { "
        "detached: true, stdio: 'ignore' }); child.unref()",
    ),
    Cell(
        name="a process goes on",
        code="console.log(process.kill(child.pid, 0)); process.kill(child.pid)",
        stdout="true\n",
    ),
    Cell(
        name="inherited streams",
        code="require('child_process').spawnSync('sh', ['-c', 'echo out; echo "
        "err >&2'], { stdio: 'inherit' })",
        stdout="out\n",
        stderr="err\n",
    ),
    Cell(name="change directory", code="require('fs').mkdirSync('sub'); process.chdir('sub')"),
    Cell(
        name="the directory stays",
        code="console.log(process.cwd(), require('fs').readdirSync('..')); process.chdir('..')",
        stdout="/work/run/sub [ 'sub' ]\n",
    ),
    Cell(
        name="files of its own",
        code="console.log(require('./a'), (await import('./b.mjs')).default)",
        stdout="1 2\n",
        fields={"files": {"a.js": b"module.exports = 1", "b.mjs": b"export default 2"}},
    ),
    Cell(
        name="handled by a listener",
        code="process.once('uncaughtException', (e) => console.log('handled', "
        "e.message)); setTimeout(() => { throw Error('x') }, 1)",
        stdout="handled x\n",
    ),
    Cell(
        name="output ended",
        code="process.stdout.end('bye\\n'); require('fs').closeSync(2)",
        stdout="bye\n",
    ),
    Cell(
        name="much output",
        code="console.log('y'.repeat(300000).length); console.error('e')",
        stdout="300000\n",
        stderr="e\n",
    ),
    Cell(name="hashbang", code="#!/usr/bin/env node\nconsole.log('ran')", stdout="ran\n"),
    Cell(name="check", code="console.log('not run')", fields={"run": False}),
    Cell(
        name="killed",
        code="console.log('last'); process.kill(process.pid, 'SIGKILL')",
        stdout="last\n",
        exit_code=137,
        signal=9,
    ),
    Cell(name="a new interpreter", code="console.log(typeof one)", stdout="undefined\n"),
]


@pytest.fixture(scope="module", params=["classic", "current"])
def session(request: pytest.FixtureRequest, run: Runs) -> Mapping[str, Outcome]:
    return outcomes(run, CELLS, language="javascript", images=request.param)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_snippet_finds_what_the_earlier_ones_left(
    session: Mapping[str, Outcome], cell: Cell
) -> None:
    assert told(session[cell.name]) == expected(cell)


@pytest.mark.parametrize("images", ["classic", "current"])
def test_an_uncaught_error_shows_the_snippets_own_line(run: Runs, images: str) -> None:
    cells = [
        Cell(name="sync", code="\n\nthrow new TypeError('bad')"),
        Cell(name="async", code="\nsetTimeout(() => { throw new RangeError('later') })"),
        Cell(name="await", code="await null;\n\n  nowhere()"),
        Cell(name="syntax", code="import os from 'os';\nlet q 5;"),
        Cell(name="fine", code="console.log('on')"),
    ]

    session = outcomes(run, cells, language="javascript", images=images)

    shown = {name: outcome.stderr.decode() for name, outcome in session.items()}
    assert shown["sync"].startswith(
        "/work/run/main.js:3\nthrow new TypeError('bad')\n^\n\nTypeError: bad\n    at "
    )
    assert shown["async"].startswith("/work/run/main.js:2\nsetTimeout(() =>")
    assert "\nRangeError: later\n" in shown["async"]
    assert shown["await"].startswith("/work/run/main.mjs:3\n  nowhere()\n  ^\n\nReferenceError: ")
    assert shown["syntax"].startswith("/work/run/main.mjs:2\nlet q 5;\n      ^\n\nSyntaxError: ")
    assert [outcome.exit_code for outcome in session.values()] == [1, 1, 1, 1, 0]
    assert not any(".session" in text for text in shown.values())
