#!/usr/bin/env python3
"""Login shells of all kinds, whose files print, refuse to overwrite and take their time, behind a real sshd.

Ten thousand random byte strings reach the program through each of them, as arguments and as variables.
"""
import random
import shutil
import subprocess

import hosts
from hosts import PROGRAMS

ARGUMENTS = 10_000
VARIABLES = 1_000
# The file that each reads when sshd starts a command, and what stands there.
FILES = {
    "bash": (".bashrc", "set -o noclobber"),
    "zsh": (".zshenv", "setopt noclobber"),
    "tcsh": (".tcshrc", "set noclobber"),
    "fish": (".config/fish/config.fish", "set -gx noclobber 1"),
    "dash": None,
}


class Shells(hosts.LabTest):
    NODES = 1

    def set_login_shell(self, path):
        self.lab.shell("node1", f"sed -i '/^lab:/s|[^:]*$|{path}|' /etc/passwd", user="root")

    def use(self, shell):
        """Makes it the login shell of our user, who cannot be asked whether it is in /etc/shells."""
        path = shutil.which(shell)
        if path is None:
            self.skipTest(f"{shell} is not installed")
        self.set_login_shell(path)
        self.addCleanup(self.set_login_shell, "/bin/bash")
        if FILES[shell]:
            name, option = FILES[shell]
            self.lab.shell("node1", f"mkdir -p $(dirname {name}); printf '%s\\n' '{option}' 'echo welcome' 'sleep 0.1' "
                           f"'echo read > /home/lab/was_read' >{name}")
            self.addCleanup(self.lab.shell, "node1", f"rm -rf {name.split('/')[0]} was_read")

    def run_bytes(self, *arguments):
        """What a job on that host prints, and no byte of it is touched."""
        command = [hosts.SCRIPT, "exec", "-u", "lab", "login", f"{PROGRAMS}/scoop-run", "-H", "node1:1", *arguments]
        done = subprocess.run(command, env=self.lab.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=hosts.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def assert_passes_bytes(self, shell):
        self.use(shell)
        strings = random.Random(f"strings for {shell}")
        texts = [bytes(strings.randint(1, 255) for _ in range(strings.randint(0, 30))) for _ in range(ARGUMENTS)]
        self.assertEqual(self.run_bytes(f"{PROGRAMS}/probe", "echo", *texts),
                         b"".join(b"[" + text + b"]\n" for text in texts))
        names = [f"R{k}".encode() for k in range(VARIABLES)]
        requests = [word for name, text in zip(names, texts) for word in ("-x", name + b"=" + text)]
        output = self.run_bytes(*requests, f"{PROGRAMS}/probe", "surroundings", *names)
        expected = b"".join(b" " + name + b"=[" + text + b"]" for name, text in zip(names, texts)) + b"\n"
        self.assertTrue(output.endswith(expected), output)
        if FILES[shell]:
            self.assertEqual(self.lab.shell("node1", "cat was_read"), "read\n")

    def test_bash(self):
        self.assert_passes_bytes("bash")

    def test_dash(self):
        self.assert_passes_bytes("dash")

    def test_fish(self):
        self.assert_passes_bytes("fish")

    def test_tcsh(self):
        self.assert_passes_bytes("tcsh")

    def test_zsh(self):
        self.assert_passes_bytes("zsh")


if __name__ == "__main__":
    hosts.main()
