"""--dry-run starts nothing, and what it prints a shell runs as the job would have run it."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import launch
from launch import PROBE, scoop_run

SHELLS = [shell for shell in ("sh", "bash", "zsh") if shutil.which(shell)]


class DryRun(unittest.TestCase):
    def dry_run(self, *arguments):
        done = scoop_run("--dry-run", *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_every_shell_runs_what_is_printed_as_the_job_would(self):
        with tempfile.TemporaryDirectory() as folder:
            odd = os.path.join(os.path.realpath(folder), "a 'b' $c;ü")
            os.mkdir(odd)
            value = " a\t'\"$HOME`id`\\*;!\n=ü "
            job = ("-n", 1, "-C", odd, "-x", f"ODD={value}", "--nice", 3, "--setup", "export SET='up'",
                   PROBE, "surroundings", "ODD", "SET")
            text = self.dry_run(*job)
            expected = scoop_run(*job)
            self.assertEqual(expected.returncode, 0, expected.stderr)
            for shell in SHELLS:
                done = subprocess.run([shell], input=text, capture_output=True, text=True, timeout=launch.PATIENCE)
                self.assertEqual((done.returncode, done.stdout), (0, expected.stdout), f"{shell}: {done.stderr}")

    def test_ranks_and_hosts_are_those_of_the_job(self):
        text = self.dry_run("-n", 5, "-H", "localhost:2,nowhere.invalid:2,user@far.invalid", PROBE, "exit", 3)
        lines = text.splitlines()
        self.assertIn("The job would have 5 workers on 3 hosts", lines[0])
        self.assertIn("# localhost, this machine: ranks 0-1", lines)
        self.assertIn("# nowhere.invalid: ranks 2-3", lines)
        self.assertRegex(text, r"\n# far.invalid: rank 4, if it has \d+ usable CPUs, as this machine\n"
                               r"ssh -n -l user far.invalid ")

    def test_the_cpus_of_each_rank_are_those_of_the_job(self):
        job = ("--bind-to", "core", "-n", min(2, len(os.sched_getaffinity(0))), PROBE, "exit", 0)
        said = scoop_run("-v", *job).stderr
        bound = re.findall(r"rank \d+ is bound to CPUs? [0-9,-]+$", said, re.MULTILINE)
        self.assertTrue(bound, said)
        text = self.dry_run("-H", "localhost:2,nowhere.invalid:1", *job)
        self.assertEqual(re.findall(r"^#   (rank .*)$", text, re.MULTILINE), bound)

    def test_why_nobody_would_be_bound_is_told(self):
        cpus = len(os.sched_getaffinity(0))
        text = self.dry_run("--bind-to", "socket", "-H", f"localhost:{cpus + 1}", PROBE, "exit", 0)
        self.assertRegex(text, rf"\n#   --bind-to has no effect: {cpus + 1} workers are more than its \d+ usable CPU")

    def test_another_launcher_is_printed_too(self):
        job = ("--launcher", "env REACHED={host}", "-H", "far.invalid:1", PROBE, "surroundings", "REACHED")
        text = self.dry_run(*job)
        done = subprocess.run(["sh"], input=text, capture_output=True, text=True, timeout=launch.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.endswith(" REACHED=[far.invalid]\n"), done.stdout)

    def test_nothing_is_made_or_started(self):
        with tempfile.TemporaryDirectory() as folder:
            made = os.path.join(folder, "made")
            self.dry_run("-n", 2, "--output", f"dir={made}", "--setup", f"touch {made}", PROBE, "exit", 3)
            self.assertFalse(os.path.exists(made))

    def test_a_full_disk_is_told(self):
        for option in ("--dry-run", "--check"):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([launch.SCOOP_RUN, option, "-n", "1", PROBE], stdout=full, stderr=subprocess.PIPE,
                                      stdin=subprocess.DEVNULL, text=True, timeout=launch.PATIENCE)
            self.assertEqual((done.returncode, done.stderr),
                             (125, "scoop-run: write the output: No space left on device\n"), option)

    def test_what_would_be_refused_is(self):
        self.assertEqual(scoop_run("--dry-run", "-n", 3, "-H", "localhost:2", PROBE).returncode, 2)
        self.assertEqual(scoop_run("--dry-run", "./no-such-program").returncode, 127)


if __name__ == "__main__":
    launch.main()
