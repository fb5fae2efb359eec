"""What is run: small programs, each with a number of its own: no output fits another."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.languages import CLASSIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program, and what it must print."""

    language: str
    code: str
    expected: str

    @property
    def file(self) -> str:
        """What its file is called."""
        return CLASSIC[self.language].source


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a language says hello, and how one would run that by hand in its folder."""

    code: str
    command: str


KINDS: Final[Mapping[str, Kind]] = {
    "python": Kind(code='print("hello", NUMBER)\n', command="python main.py"),
    "javascript": Kind(code='console.log("hello", NUMBER)\n', command="node main.js"),
    "bash": Kind(code="echo hello NUMBER\n", command="bash main.sh"),
    "java": Kind(
        code="public class Main {\n  public static void main(String[] args) {\n"
        '    System.out.println("hello NUMBER");\n  }\n}\n',
        command="javac Main.java && java Main",
    ),
    "c": Kind(
        code='#include <stdio.h>\n\nint main(void) {\n  printf("hello %d\\n", NUMBER);\n}\n',
        command="gcc -o main main.c && ./main",
    ),
    "cpp": Kind(
        code="#include <iostream>\n\nint main() {\n"
        '  std::cout << "hello " << NUMBER << std::endl;\n}\n',
        command="g++ -o main main.cpp && ./main",
    ),
    "go": Kind(
        code='package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("hello", NUMBER)\n}\n',
        command="go build -o main main.go && ./main",
    ),
    "rust": Kind(
        code='fn main() {\n    println!("hello {}", NUMBER);\n}\n',
        command="rustc main.rs && ./main",
    ),
}


def hello(language: str, count: int) -> list[Program]:
    """The first `count` programs of a language."""
    return [
        Program(
            language=language,
            code=KINDS[language].code.replace("NUMBER", str(number)),
            expected=f"hello {number}\n",
        )
        for number in range(count)
    ]


def one_each() -> list[Program]:
    """A program in each language."""
    return [program for language in KINDS for program in hello(language, 1)]


def write_manifest(path: Path, programs: Sequence[Program]) -> Path:
    """A manifest of the programs, with what each must print."""
    snippets = [
        {
            "language": program.language,
            "code": program.code,
            "expect": {"stdout": program.expected},
        }
        for program in programs
    ]
    path.write_text(json.dumps(snippets, indent=1))
    return path
