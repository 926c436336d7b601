#!/usr/bin/env python3
"""Does what docs/tutorial.md says: writes its files, runs its commands, compares what they print.

usage: tutorial_test.py TUTORIAL BUILD_DIRECTORY

Installs the build into a temporary prefix first, as the tutorial's reader does. A fenced block of code whose first line
is a comment with a file's name is that file. A `console` block is commands behind `$ ` and their output, in order.
Blocks of other kinds (`sh`, `text`) depend on the reader's hosts and are left alone.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

COMMAND_SECONDS_MAX = 300


def blocks(text):
    """(language, content) of each fenced block."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(content):
    """(command, expected output) of a console block."""
    parts = re.split(r"^\$ (.*)\n", content, flags=re.MULTILINE)
    return zip(parts[1::2], parts[2::2])


def check(command, expected, directory, environment):
    print(f"$ {command}", flush=True)
    # A group of its own, so that a command that hangs is ended with everything it started here.
    process = subprocess.Popen(["sh", "-c", command], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        output, _ = process.communicate(timeout=COMMAND_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        sys.exit(f"tutorial_test: not done after {COMMAND_SECONDS_MAX} s")
    if output != expected:
        sys.exit(f"tutorial_test: expected\n{expected}but it printed\n{output}")


def main():
    tutorial, build = map(pathlib.Path, sys.argv[1:])
    with tempfile.TemporaryDirectory() as temporary:
        prefix, directory = pathlib.Path(temporary) / "prefix", pathlib.Path(temporary) / "reader"
        directory.mkdir()
        subprocess.run(["cmake", "--install", build, "--prefix", prefix], stdout=subprocess.DEVNULL, check=True)
        environment = {**os.environ, "PATH": f"{prefix}/bin:{os.environ['PATH']}", "CMAKE_PREFIX_PATH": str(prefix),
                       "PKG_CONFIG_PATH": str(next(prefix.rglob("scoop.pc")).parent)}
        for language, content in blocks(tutorial.read_text()):
            name = re.match(r"(?://|#) (\S+\.\w+)\n", content)
            if language == "console":
                for command, expected in commands(content):
                    check(command, expected, directory, environment)
            elif language in ("cpp", "cmake") and name:
                (directory / name[1]).write_text(content)


if __name__ == "__main__":
    main()
