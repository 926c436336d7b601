#!/usr/bin/env python3
"""Wrong programs do not compile, and the compiler's first error says what to do. Made right they compile.

usage: compile_test.py wrong|right COMPILER INCLUDE_DIRECTORY...

Each program beside this file has the sentence to expect in its first line, and what is right under #ifdef RIGHT:

    // expect: SENTENCE            in the first line with an error
    // expect in a note: SENTENCE  anywhere, for mistakes that the compiler finds before it reaches code of ours
"""
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
EXPECT = re.compile(r"// expect( in a note)?: (.+)")
ERROR_LINES_MAX = 5  # where we say it: the message, and what g++ says of a `.get()` behind a call without a result


class Compiler:
    """Compiles programs with the public header precompiled, which is most of the work."""

    def __init__(self, program, include_directories, scratch):
        self.command = [program, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fdiagnostics-color=never",
                        *(f"-I{directory}" for directory in include_directories)]
        header = Path(scratch) / "all.hpp"
        header.write_text("#include <scoop/scoop.hpp>\n")
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        is_clang = "clang" in version
        precompiled = header.with_suffix(".hpp.pch" if is_clang else ".hpp.gch")
        subprocess.run([*self.command, "-x", "c++-header", str(header), "-o", str(precompiled)], check=True)
        self.command += ["-include-pch", str(precompiled)] if is_clang else ["-include", str(header)]

    def compile(self, source, *flags):
        """Whether it compiles without a warning, and what the compiler says."""
        result = subprocess.run([*self.command, *flags, "-fsyntax-only", str(source)], capture_output=True, text=True,
                                env={**os.environ, "LC_ALL": "C.UTF-8"}, check=False)
        return result.returncode == 0, result.stderr


def problem_of_right(compiler, source):
    """What is not as expected, or nothing."""
    compiles, said = compiler.compile(source, "-DRIGHT")
    return "" if compiles else f"{source.name}: what is right does not compile:\n{said}"


def problem_of_wrong(compiler, source):
    """What is not as expected, or nothing."""
    expected = EXPECT.fullmatch(source.read_text(encoding="utf-8").splitlines()[0])
    if not expected:
        return f"{source.name}: the first line does not say what to expect"
    in_note, sentence = expected.groups()
    compiles, said = compiler.compile(source)
    if compiles:
        return f"{source.name}: compiles"
    errors = [line for line in said.splitlines() if "error:" in line]
    if sentence not in (said if in_note else errors[0]):
        return f"{source.name}: expected '{sentence}', got:\n{said}"
    if not in_note and len(errors) > ERROR_LINES_MAX:
        return f"{source.name}: {len(errors)} errors where one says it all:\n{said}"
    return ""


def main(which, program, *include_directories):
    sources = sorted(FOLDER.glob("*.cpp"))
    problem_of = {"right": problem_of_right, "wrong": problem_of_wrong}[which]
    with tempfile.TemporaryDirectory() as scratch:
        compiler = Compiler(program, include_directories, scratch)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            problems = [problem for problem in pool.map(lambda source: problem_of(compiler, source), sources) if problem]
    for problem in problems:
        print(problem)
    print(f"{len(sources)} programs, {len(problems)} problems")
    return 1 if problems or not sources else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
