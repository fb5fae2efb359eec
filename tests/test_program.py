"""What a snippet's file is named and what is started."""

import pytest
from growth import grows_slower_than_its_square
from snippets import snippet

from runner.languages import CLASSIC, Language
from runner.sandbox.program import Commands, commands_for


def java(code: str) -> tuple[str, str]:
    """The file's name and the class that is run."""
    commands = commands_for(snippet("java", code), build="/b")
    return commands.source, commands.run[-1]


MAIN = "public static void main(String[] args) { }"


@pytest.mark.parametrize(
    ("code", "source", "main"),
    [
        (f"public class Main {{ {MAIN} }}", "Main.java", "Main"),
        (f"class Hello {{ {MAIN} }}", "Main.java", "Hello"),
        (f"public class Hello {{ {MAIN} }}", "Hello.java", "Hello"),
        (f"package a.b;\npublic class Hello {{ {MAIN} }}", "Hello.java", "a.b.Hello"),
        (f"package a;\nclass X {{ }} class Y {{ {MAIN} }}", "Main.java", "a.Y"),
        (f"public class A {{ }} class B {{ {MAIN} }}", "A.java", "B"),
        (f"public final class A {{ {MAIN} }}", "A.java", "A"),
        (f"final public strictfp class A {{ {MAIN} }}", "A.java", "A"),
        (f"class A {{ public static class B {{ }} {MAIN} }}", "Main.java", "A"),
        (f"class A {{ public class B {{ }} }} public class C {{ {MAIN} }}", "C.java", "C"),
        (f"// public class No {{\nclass A {{ {MAIN} }}", "Main.java", "A"),
        (f"/* public class No {{ */ class A {{ {MAIN} }}", "Main.java", "A"),
        (f'class A {{ String s = "}} public class No {{"; {MAIN} }}', "Main.java", "A"),
        (f"class A {{ char c = '}}', d = '\"'; {MAIN} }} class B {{ }}", "Main.java", "A"),
        (
            f'class A {{ String s = """\n}} }} " public class No {{\n"""; {MAIN} }}',
            "Main.java",
            "A",
        ),
        (f'class A {{ String s = "\\"}}"; {MAIN} }}', "Main.java", "A"),
        (f"public enum E {{ X, Y; {MAIN} }}", "E.java", "E"),
        (f"record Point(int x, int y) {{ }} public class A {{ {MAIN} }}", "A.java", "A"),
        (f"public record R(int x) {{ {MAIN} }}", "R.java", "R"),
        ("public interface I { static void main(String[] a) { } }", "I.java", "I"),
        (f"@Deprecated public class A {{ {MAIN} }}", "A.java", "A"),
        (f"public sealed interface I permits J {{ }} final class J {{ {MAIN} }}", "I.java", "J"),
        ("class A { } class B { }", "Main.java", "A"),
        ("public class A { ", "A.java", "A"),
        ("int x = 1;", "Main.java", "Main"),
        ("", "Main.java", "Main"),
        ("}}}{{{", "Main.java", "Main"),
        (f"public\nclass\nA\n{{ {MAIN} }}", "A.java", "A"),
        (f"public class Größe {{ {MAIN} }}", "Größe.java", "Größe"),
    ],
)
def test_java_is_named_after_its_public_type_and_runs_the_one_with_a_main(
    code: str, source: str, main: str
) -> None:
    assert java(code) == (source, main)


@pytest.mark.parametrize(
    "code",
    [
        "import fs from 'fs'",
        "import { readFile } from 'fs'",
        "import * as fs from 'fs'",
        "import 'fs'",
        'import "fs"',
        "\n  import fs, { x } from 'fs'",
        "export const x = 1",
        "export default function () {}",
        "export { x }",
        "console.log(1)\nimport x from 'y'",
    ],
)
def test_javascript_that_imports_or_exports_is_a_module(code: str) -> None:
    assert commands_for(snippet("javascript", code), build="/b").source == "main.mjs"


@pytest.mark.parametrize(
    "code",
    [
        "const fs = require('fs')",
        "import('fs').then(x => x)",
        "// import fs from 'fs'",
        "/*\nimport fs from 'fs'\n*/",
        "const text = `\nimport fs from 'fs'\n`",
        "important()",
        "exports.x = 1",
        "console.log('import x')",
        "async function f() { await g() }",
        "",
    ],
)
def test_other_javascript_is_a_script(code: str) -> None:
    assert commands_for(snippet("javascript", code), build="/b").source == "main.js"


@pytest.mark.parametrize("name", CLASSIC)
def test_no_placeholder_of_ours_is_left(name: str) -> None:
    commands = commands_for(snippet(name, ""), build="/build/src")

    words = " ".join((*commands.compile, *commands.run, *commands.check))
    assert not any(f"{{{key}}}" in words for key in ("source", "main", "build", "cache"))


def test_braces_that_are_no_placeholder_are_left_alone() -> None:
    language = Language(
        name="awk",
        image="x",
        source="main.awk",
        run=("awk", "{print}", "{}", "{main}", "{source}"),
    )

    commands = commands_for(snippet(language, ""), build="/b")

    assert commands == Commands(
        source="main.awk",
        compile=(),
        run=("awk", "{print}", "{}", "main", "main.awk"),
        check=(),
    )


def test_code_that_is_no_text_has_a_name_too() -> None:
    assert commands_for(snippet("java", b"\xff\xfe"), build="/b").source == "Main.java"


@pytest.mark.parametrize("text", ["public ", "class A{}\n", "final class ", "package a."])
def test_no_text_makes_reading_java_take_the_square_of_its_length(text: str) -> None:
    assert grows_slower_than_its_square(lambda size: java(text * size), 12_500)
