"""The command that starts a node, read by every login shell that is installed here, with all that paths may have."""

import os
import shutil
import subprocess
import tempfile
import unittest

import launch

PRINT_START = os.path.join(launch.BIN, "tests", "print_start")
SHELLS = [path for path in map(shutil.which, ("sh", "bash", "dash", "zsh", "ksh", "mksh", "csh", "tcsh", "fish")) if path]
HARD = " a'b\"c$HOME`id`\\!*;{}[x]~#&|<>ü"

# A node that says on its channel what it was given, then what comes in, and on stdout what must not get in there.
NODE = """#!/bin/sh
printf '%s|%s|%s|' "$SCOOP_ROLE" "$SET" "$(pwd)" >&4
cat <&3 >&4
echo printed early
"""


class Shells(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = os.path.realpath(folder.name)
        self.directory = os.path.join(self.home, HARD)
        os.mkdir(self.directory)
        self.program = os.path.join(self.directory, f"node {{arch}}{HARD}.{{arch}}")
        with open(self.program.replace("{arch}", os.uname().machine), "w", encoding="utf-8") as file:
            file.write(NODE)
            os.fchmod(file.fileno(), 0o755)

    def texts(self, program, setup, directory):
        """What print_start prints for these."""
        return subprocess.run([PRINT_START, program, setup, directory], capture_output=True, check=True).stdout.split(b"\0")

    def start(self, shell, setup="", program=None, directory=None):
        """(stdout, stderr, status) of the host's side, whose input ends after a few bytes of frames."""
        command, first_input, _ = self.texts(program or self.program, setup, directory or self.directory)
        # No file of ours is read at login, and no role leaks in from a job around the test.
        environment = {"HOME": self.home, "PATH": os.environ["PATH"], "SHELL": shell}
        done = subprocess.run([shell, "-c", command], input=first_input + b"\x00frames\xff\n", capture_output=True,
                              cwd=self.home, env=environment, timeout=launch.PATIENCE)
        return done.stdout, done.stderr, done.returncode

    def test_every_shell_starts_the_node_with_nothing_lost_or_added(self):
        for shell in SHELLS:
            with self.subTest(shell):
                output, errors, status = self.start(shell)
                self.assertEqual(output, f"scoop-shell-ready\nnode||{self.directory}|".encode() + b"\x00frames\xff\n", errors)
                self.assertEqual((errors, status), (b"printed early\n", 0))

    def test_every_shell_runs_the_setup_before_the_node(self):
        setup = "export SET=\"it's $((6 * 7)) !\"; echo from the set-up; cat; test -z \"$SCOOP_ROLE\""
        for shell in SHELLS:
            with self.subTest(shell):
                output, errors, status = self.start(shell, setup)
                self.assertEqual(output, f"scoop-shell-ready\nscoop-setup-done\nnode|it's 42 !|{self.directory}|".encode() +
                                 b"\x00frames\xff\n", errors)
                self.assertEqual((errors, status), (b"from the set-up\nprinted early\n", 0))

    def test_a_setup_that_fails_keeps_the_node_from_starting(self):
        for shell in SHELLS:
            for setup in ("false", "exit 3", "return 3", "if", "no_such_command", "exec false"):
                with self.subTest(f"{shell}: {setup}"):
                    output, _, status = self.start(shell, setup)
                    self.assertEqual(output, b"scoop-shell-ready\n")
                    self.assertNotEqual(status, 0)

    def test_a_missing_program_is_told_by_the_status(self):
        for shell in SHELLS:
            for setup in ("", "true"):
                with self.subTest(f"{shell}: {setup}"):
                    self.assertEqual(self.start(shell, setup, program="/nonexistent/{arch}")[2], 127)

    def test_a_directory_that_is_missing_there_is_no_fault(self):
        for shell in SHELLS:
            with self.subTest(shell):
                self.assertIn(f"node||{self.home}|".encode(), self.start(shell, directory="/nonexistent")[0])

    def test_every_sh_starts_the_node_from_a_script_on_its_input(self):
        for shell in (shell for shell in SHELLS if os.path.basename(shell) in ("sh", "bash", "dash", "ksh", "mksh")):
            for setup, sets in (("", ""), ("export SET=\"it's $((6 * 7)) !\"; cat", "it's 42 !")):
                with self.subTest(f"{shell}: {setup}"):
                    self.run_script(shell, setup, sets)

    def run_script(self, shell, setup, sets):
        _, _, script = self.texts(self.program, setup, self.directory)
        environment = {"HOME": self.home, "PATH": os.environ["PATH"], "SHELL": shell}
        with subprocess.Popen([shell], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              cwd=self.home, env=environment) as host:
            host.stdin.write(script)
            host.stdin.flush()
            done = b"scoop-setup-done\n" if setup else b""
            expected = b"scoop-shell-ready\n" + done + f"node|{sets}|{self.directory}|".encode()
            # No frame is sent before the node has spoken: dash reads further than the line.
            self.assertEqual(host.stdout.read(len(expected)), expected)
            output, errors = host.communicate(b"\x00frames\xff\n", timeout=launch.PATIENCE)
        self.assertEqual((output, errors, host.returncode), (b"\x00frames\xff\n", b"printed early\n", 0))


if __name__ == "__main__":
    launch.main()
