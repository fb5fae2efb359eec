"""The archive of javac's classes: made where many are compiled, changed by none of them."""

from dataclasses import replace
from typing import Final

import pytest
from snippets import Runs, prints, snippet

from runner.languages import IMAGE_SETS, Language
from runner.model import Report, Verdict

LOADED: Final = b"com.sun.tools.javac.comp.Attr source: shared objects file"
TAMPERS: Final = """
import java.io.*;

public class Main {
    static void act(String what, File file) {
        try {
            switch (what) {
                case "write": new RandomAccessFile(file, "rw").close(); break;
                case "create": if (!file.createNewFile()) return; break;
                case "delete": if (!file.delete()) return; break;
                case "move": if (!file.renameTo(new File(file + "-moved"))) return; break;
                case "open": if (!file.setWritable(true, false)) return; break;
            }
            System.out.println(what + " " + file);
        } catch (IOException refused) {
        }
    }

    public static void main(String[] args) {
        File archive = new File("/build/cache/javac.jsa");
        System.out.println(archive.length() > 0 && archive.canRead());
        act("create", new File(archive.getParent(), "planted"));
        for (String what : new String[] {"write", "open", "move", "delete"}) act(what, archive);
        for (String what : new String[] {"open", "move"}) act(what, archive.getParentFile());
    }
}
"""
WARNS: Final = """
import java.util.*;

public class Main {
    void old(List raw) {
        raw.add(new Date(1, 2, 3));
        return 1;
    }
}
"""
on_both_sets = pytest.mark.parametrize("image_set", IMAGE_SETS)


def java(image_set: str, *options: str, warm_from: int) -> Language:
    """Java with more of javac's options."""
    row = IMAGE_SETS[image_set]["java"]
    return replace(row, compile=(*row.compile, *options), warm_from=warm_from)


def looks(run: Runs, row: Language, *, number: int) -> Report:
    """So many snippets one after the other, each of which would tell and change the archive."""
    return run(*[snippet(row, TAMPERS)] * number, jobs=1)


@on_both_sets
def test_many_find_an_archive_that_none_of_them_can_change(run: Runs, image_set: str) -> None:
    report = looks(run, java(image_set, warm_from=3), number=3)

    assert [result.outcome.stdout for result in report.results] == [b"true\n"] * 3
    assert len({result.outcome.sandbox for result in report.results}) == 1


def test_a_few_are_compiled_without(run: Runs) -> None:
    report = looks(run, java("classic", warm_from=3), number=2)

    assert [result.outcome.stdout for result in report.results] == [b"false\n"] * 2


@on_both_sets
@pytest.mark.parametrize(("warm_from", "expected"), [(1, True), (2, False)], ids=["many", "few"])
def test_the_compiler_of_many_comes_from_the_archive(
    run: Runs,
    image_set: str,
    warm_from: int,
    expected: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    row = java(image_set, "-J-Xlog:class+load:stderr", warm_from=warm_from)

    (result,) = run(snippet(row, WARNS), jobs=1).results

    assert result.verdict is Verdict.COMPILE_ERROR
    assert (LOADED in result.outcome.stderr) is expected


@on_both_sets
def test_the_compiler_says_the_same_with_and_without(run: Runs, image_set: str) -> None:
    code = snippet(java(image_set, "-Xlint:all", warm_from=1), WARNS)
    others = replace(code, language=replace(code.language, warm_from=99))

    with_it, without = (run(one, jobs=1).results[0].outcome for one in (code, others))

    assert with_it.stderr.count(b"warning: ") == 3
    assert (with_it.stdout, with_it.stderr) == (without.stdout, without.stderr)


def test_where_no_archive_can_be_made_there_is_none(run: Runs) -> None:
    row = java("classic", warm_from=1)
    broken = replace(row, warm=(*row.warm, "-J-XX:+NoSuchOption"))

    (result,) = run(snippet(broken, TAMPERS, expect=prints("false")), jobs=1).results

    assert result.reason == ""
