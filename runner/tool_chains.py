"""What some built-in languages say to their compilers, and what warms these up; pure.

Placeholders in braces are filled where a program is started.
"""

from typing import Final

# Compiles every .go file of the snippet: with a go.mod as a module, else as a list of files (no
# version line needed).
GO_BUILD: Final = (
    'if [ -f go.mod ]; then set -- .; else set -- *.go; fi; exec go build -ldflags=-w -o {out} "$@"'
)
# Go takes a package for missing when it cannot write to its cache. So each snippet's compiler has a
# cache of its own, of links to the files of the warm one, which it can read and not change (10 ms).
GO_CACHE: Final = (
    'cache="$HOME/.cache/go-build"; [ -d "$cache" ] || '
    '{ mkdir -p "$HOME/.cache" && cp -rs {cache} "$cache"; } || exit; '
)
GO_WARM: Final = """package main

import (
	_ "bufio"
	_ "bytes"
	_ "context"
	_ "encoding/json"
	_ "errors"
	_ "fmt"
	_ "math"
	_ "math/rand"
	_ "os"
	_ "regexp"
	_ "sort"
	_ "strconv"
	_ "strings"
	_ "sync"
	_ "sync/atomic"
	_ "time"
	_ "unicode"
)

func main() {}
"""
# A JVM that lives for a fraction of a second: no second compiler tier for javac, one collector
# thread, no processors.
JVM: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
JAVAC: Final = (*(f"-J{flag}" for flag in JVM), "-proc:none", "-encoding", "UTF-8")
# The JDK's own archive has few of javac's classes: without ours they are parsed and verified each
# time. What JDK 25 logs of an archive that it uses, or cannot use, is no word of the compiler's.
_JAVA_ARCHIVE: Final = "{cache}/javac.jsa"
_JAVA_QUIET: Final = "'-J-Xlog:cds*=off'"
JAVA_COMPILE: Final = (
    f"[ ! -f {_JAVA_ARCHIVE} ] || "
    f'set -- -J-XX:SharedArchiveFile={_JAVA_ARCHIVE} {_JAVA_QUIET} "$@"; '
    'exec javac "$@"'
)
# From JDK 13 on javac can leave its archive when it ends. Before, and without the JDK's own archive
# (which some images lack), one is made of a list of its classes. Without any there is no archive,
# nor where javac then has something to say: a snippet's output must not depend on it.
JAVA_WARM: Final = f"""new="$TMPDIR/javac.jsa" list="$TMPDIR/classes"
compile() {{ javac "$@" -d "$TMPDIR" Main.java; }}
quietly() {{
    compile "$@" "-J-XX:ArchiveClassesAtExit=$new"
    [ -f "$new" ] && return
    compile "$@" "-J-XX:DumpLoadedClassList=$list" &&
        java {" ".join(JVM)} -Xshare:dump --add-modules=jdk.compiler \\
            "-XX:SharedClassListFile=$list" "-XX:SharedArchiveFile=$new"
}}
quietly "$@" >"$TMPDIR/said" 2>&1
said=$(javac "$@" "-J-XX:SharedArchiveFile=$new" {_JAVA_QUIET} -J-Xshare:on -version 2>&1) &&
    [ "$said" = "$(javac "$@" -version 2>&1)" ] && mv "$new" {_JAVA_ARCHIVE}
rm -rf "$TMPDIR"/*
"""
JAVA_WARM_FILE: Final = """import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.function.Function;
import java.util.stream.Collectors;

public class Main {
    interface Shape {
        double area();
    }

    enum Kind { ROUND, FLAT }

    static class Circle implements Shape, Comparable<Circle> {
        private final double radius;

        Circle(double radius) {
            this.radius = radius;
        }

        @Override
        public double area() {
            return Math.PI * radius * radius;
        }

        @Override
        public int compareTo(Circle other) {
            return Double.compare(radius, other.radius);
        }
    }

    static <T, R> List<R> changed(List<? extends T> all, Function<? super T, R> change) {
        List<R> made = new ArrayList<>();
        for (T one : all) {
            made.add(change.apply(one));
        }
        return made;
    }

    static int sides(Kind kind) throws IOException {
        switch (kind) {
            case ROUND:
                return 1;
            default:
                throw new IOException("flat: " + kind);
        }
    }

    public static void main(String[] args) {
        Map<String, Integer> counts = new HashMap<>();
        for (String word : "a b a".split(" ")) {
            counts.merge(word, 1, Integer::sum);
        }
        var shapes = changed(Arrays.asList(1.0, 2.0, 3.0), Circle::new);
        String text = shapes.stream()
            .filter(shape -> shape.area() > 1)
            .map(shape -> String.format("%.1f", shape.area()))
            .collect(Collectors.joining(" "));
        int[] numbers = {3, 1, 2};
        long sum = 0;
        for (int i = 0; i < numbers.length; i++) {
            sum += i % 2 == 0 ? numbers[i] : -numbers[i];
        }
        StringBuilder read = new StringBuilder();
        try (Scanner scanner = new Scanner(text)) {
            while (scanner.hasNext()) {
                read.append(scanner.next());
            }
            sides(Kind.FLAT);
        } catch (IOException problem) {
            System.out.println(problem.getMessage());
        } finally {
            System.out.println(counts + " " + read + " " + sum);
        }
        Runnable last = () -> System.out.println("done");
        last.run();
    }
}
"""
