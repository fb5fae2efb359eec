"""Snippets of one session share one bash: what each prints, and how it ends."""

from collections.abc import Mapping
from typing import Final

import pytest
from cells import Cell, expected, outcomes, told
from snippets import Runs

from runner.model import Outcome

CELLS: Final = [
    Cell(name="definitions", code='x=1; export Y=2; f() { echo "f $x"; }\nmkdir sub; cd sub'),
    Cell(
        name="names are shared",
        code='f; echo "$Y $(env | grep ^Y=)"; pwd',
        stdout="f 1\n2 Y=2\n/work/run/sub\n",
    ),
    Cell(name="the working directory is the snippets' own", code="ls -A ..", stdout="sub\n"),
    Cell(
        name="as a file is named",
        code='echo "$0 ${BASH_SOURCE[0]} $LINENO ${FUNCNAME[0]}"\necho $LINENO',
        stdout="main.sh main.sh 1 \n2\n",
    ),
    Cell(
        name="its own lines",
        code="\n\nnosuch\ng() {\n  alsonot\n}",
        stderr="main.sh: line 3: nosuch: command not found\n",
    ),
    Cell(
        name="lines of a function",
        code="g",
        stderr="main.sh: line 5: alsonot: command not found\n",
        exit_code=127,
    ),
    Cell(name="the last command's code", code="true; false", exit_code=1),
    Cell(name="the code is seen by the next", code="echo $?", stdout="1\n"),
    Cell(
        name="arguments, variables and input",
        code='read -r line; echo "$# $1 $A $line $(cat)"; A=changed',
        stdout="1 x y of=this line rest\n",
        fields={"args": ("x y",), "env": {"A": "of=this"}, "stdin": "line\nrest"},
    ),
    Cell(
        name="its own variables are gone", code='echo "$#[${A-unset}]$(cat)"', stdout="0[unset]\n"
    ),
    Cell(
        name="here-document",
        code="cat <<EOF\nx is $x\nEOF\ncat <<'EOF'\n$x\nEOF\ncat <<<\"$x$x\"",
        stdout="x is 1\n$x\n11\n",
    ),
    Cell(name="many lines", code="for i in 1 2; do\n  echo $i\ndone |\n  sort -r", stdout="2\n1\n"),
    Cell(
        name="exit",
        code="x=2; declare -A map=([a b]=$'c\\nd'); list=(1 '2 3'); exit 3",
        exit_code=3,
    ),
    Cell(
        name="state outlives an exit",
        code='f; echo "${map[a b]} ${list[1]}"; pwd; env | grep ^Y=',
        stdout="f 2\nc\nd 2 3\n/work/run/sub\nY=2\n",
    ),
    Cell(
        name="exit of a function",
        code="leave() { exit 4; }; (leave); echo $?; leave; echo never",
        stdout="4\n",
        exit_code=4,
    ),
    Cell(
        name="set -e",
        code="x=3; set -e; echo before; false; echo never",
        stdout="before\n",
        exit_code=1,
    ),
    Cell(name="options stay", code="f; case $- in *e*) echo on;; esac; set +e", stdout="f 3\non\n"),
    Cell(
        name="trap at an exit",
        code="trap 'echo \"bye $?\"' EXIT; exit 5",
        stdout="bye 5\n",
        exit_code=5,
    ),
    Cell(
        name="trap at a failure",
        code="trap 'echo \"bye $?\"' EXIT; x=4; set -e; (exit 6)",
        stdout="bye 6\n",
        exit_code=6,
    ),
    Cell(name="traps that have run are gone", code="set +e; f; exit 0", stdout="f 4\n"),
    Cell(name="a trap for later", code="trap 'echo later' EXIT"),
    Cell(
        name="a trap of an earlier snippet",
        code="echo now; exit 1",
        stdout="now\nlater\n",
        exit_code=1,
    ),
    Cell(
        name="a trap of a subshell",
        code="(trap 'echo sub' EXIT; true); trap 'rm x' EXIT; trap - EXIT",
        stdout="sub\n",
    ),
    Cell(
        name="error trap",
        code="trap 'echo \"line $LINENO\"' ERR\nfalse\ntrap - ERR",
        stdout="line 2\n",
    ),
    Cell(
        name="signal trap",
        code="trap 'echo caught' INT; kill -INT $$; trap - INT",
        stdout="caught\n",
    ),
    Cell(name="start a job", code="sleep 1000 & job=$!"),
    Cell(
        name="a job goes on",
        code="kill -0 $job && jobs -p | grep -c $job; kill $job; wait $job",
        stdout="1\n",
        exit_code=143,
    ),
    Cell(name="output sent elsewhere", code="exec >/tmp/elsewhere 2>&1; echo there"),
    Cell(name="output is back", code="cat /tmp/elsewhere", stdout="there\n"),
    Cell(name="output closed", code="exec >&- 2>&- <&-"),
    Cell(name="output is open", code="exec 7>/tmp/seven; echo open", stdout="open\n"),
    Cell(name="a descriptor stays", code="echo more >&7; cat /tmp/seven", stdout="more\n"),
    Cell(
        name="return",
        code="return 3; echo after",
        stdout="after\n",
        stderr="main.sh: line 1: return: can only `return' from a function or sourced script\n",
    ),
    Cell(
        name="strict",
        code="set -u; echo $missing",
        stderr="main.sh: line 1: missing: unbound variable\n",
        exit_code=1,
    ),
    Cell(
        name="odd settings",
        code="set +u; IFS=0123456789; set -fC; shopt -s nullglob nocasematch extglob",
    ),
    Cell(
        name="odd settings stay",
        code="v=a1b; echo $v *; [[ A == a ]] && echo same",
        stdout="a b *\nsame\n",
    ),
    Cell(name="exit with odd settings", code="exit 0"),
    Cell(
        name="odd settings outlive an exit",
        code="echo $v *; IFS=$' \\t\\n'; set +fC",
        stdout="a b *\n",
    ),
    Cell(name="alias", code="alias hi='echo hello'", fields={"transcript": True}),
    Cell(
        name="transcript",
        code="hi\necho err >&2; echo out; false",
        stdout="hello\nerr\nout\n",
        exit_code=1,
        fields={"transcript": True},
    ),
    Cell(name="code of a transcript", code="echo $?", stdout="1\n", fields={"transcript": True}),
    Cell(name="check", code="echo not run", fields={"run": False}),
    Cell(name="read-only", code="readonly R=5 client=1 request=2 name=3 entry=4 text=5; exit 0"),
    Cell(name="read-only stays", code="(R=6) 2>/dev/null || echo $R", stdout="5\n"),
    Cell(
        name="files of its own",
        code="cat /work/run/data",
        stdout="7",
        fields={"files": {"data": b"7"}},
    ),
    Cell(name="killed", code="echo last; kill -9 $$", stdout="last\n", exit_code=137, signal=9),
    Cell(name="a new shell", code='echo "[$x]"; pwd', stdout="[]\n/work/run\n"),
    Cell(name="another program", code="exec echo instead", stdout="instead\n"),
    Cell(name="exit code above 128", code="exit 139", exit_code=139),
]


@pytest.fixture(scope="module", params=["classic", "current"])
def session(request: pytest.FixtureRequest, run: Runs) -> Mapping[str, Outcome]:
    return outcomes(run, CELLS, language="bash", images=request.param)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_snippet_finds_what_the_earlier_ones_left(
    session: Mapping[str, Outcome], cell: Cell
) -> None:
    assert told(session[cell.name]) == expected(cell)
