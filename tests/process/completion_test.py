"""Real shells, asked with the Tab key, complete the options of scoop-run."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import launch
from launch import BIN, scoop_run
from terminal import Terminal


class Completion(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {**os.environ, "HOME": self.folder, "PATH": f"{BIN}:{os.environ['PATH']}", "TERM": "dumb",
                            "LC_ALL": "C.UTF-8", "PS1": "$ ", "LINES": "50", "COLUMNS": "200"}

    def script(self, shell, name):
        done = scoop_run("--completion", shell)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(done.stdout)
        return path

    def terminal(self, *command):
        terminal = Terminal(command, self.environment)
        self.addCleanup(terminal.end)
        return terminal

    def assert_completes(self, terminal, prompt):
        terminal.type("scoop-run --h\t\t")
        shown = terminal.wait_for(r"(?s)--help.*--hosts|--hosts.*--help")
        self.assertIn("--hostfile", shown)
        self.assertNotIn("--timeout", shown)
        terminal.type("\x15scoop-run -v --wrap 0 'a b' --root-w\t")
        terminal.wait_for("--root-works")
        terminal.type("\x15scoop-run --map-by h\t")
        terminal.wait_for("--map-by host")
        # Behind the program nothing is ours: the x is the first that the shell has to say about it.
        terminal.type("\x15scoop-run -n 2 true --versi\tx\n")
        shown = terminal.wait_for(prompt)
        self.assertNotIn("--version", shown)

    @unittest.skipUnless(shutil.which("bash"), "there is no bash")
    def test_bash(self):
        script = self.script("bash", "scoop-run")
        terminal = self.terminal("bash", "--norc", "--noprofile", "-i")
        terminal.type(f". {script}; echo lo''aded\n")
        terminal.wait_for("loaded")
        self.assert_completes(terminal, r"\n.*\$ ")

    @unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
    def test_zsh(self):
        self.script("zsh", "_scoop-run")
        terminal = self.terminal("zsh", "-f", "-i")
        terminal.type(f"PS1='$ '; fpath=({self.folder} $fpath); autoload -U compinit; compinit -u -D; echo lo''aded\n")
        terminal.wait_for("loaded")
        self.assert_completes(terminal, r"\n.*\$ ")

    @unittest.skipUnless(shutil.which("fish"), "there is no fish")
    def test_fish(self):
        script = self.script("fish", "scoop-run.fish")

        def completions(line):
            done = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C \"$argv[1]\"", "--", line],
                                  capture_output=True, text=True, env=self.environment, timeout=launch.PATIENCE)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return [words.split("\t")[0] for words in done.stdout.splitlines()]
        self.assertEqual(sorted(completions("scoop-run --h")), ["--help", "--hostfile", "--hosts"])
        self.assertEqual(completions("scoop-run -v --wrap 0 'a b' --root-w"), ["--root-works"])
        self.assertEqual(sorted(completions("scoop-run --map-by ")), ["host", "slot"])
        self.assertEqual(completions("scoop-run -n 2 true --versi"), [])

    def test_every_option_is_offered_by_every_shell(self):
        options = set(re.findall(r"^ .*?--([a-z-]+)", scoop_run("--help").stdout, re.MULTILINE))
        self.assertIn("completion", options)
        for shell, spelling in (("bash", "--{} "), ("zsh", "'*--{}"), ("fish", " -l {} ")):
            script = scoop_run("--completion", shell).stdout.replace("'", " ") if shell == "bash" else \
                scoop_run("--completion", shell).stdout
            self.assertEqual([name for name in options if spelling.format(name) not in script], [], shell)


if __name__ == "__main__":
    launch.main()
