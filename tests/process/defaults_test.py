"""Options of SCOOP_RUN_OPTIONS and run.conf."""

import os
import tempfile
import unittest

import launch
from launch import PROBE, scoop_run


class Defaults(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.file = os.path.join(self.folder, "scoop", "run.conf")
        os.mkdir(os.path.dirname(self.file))

    def run_with(self, text, variable, *arguments, **variables):
        if text is not None:
            with open(self.file, "w", encoding="utf-8") as file:
                file.write(text)
        environment = {**os.environ, "XDG_CONFIG_HOME": self.folder, "SCOOP_RUN_OPTIONS": variable, **variables}
        return scoop_run(*arguments, env=environment)

    def marks(self, job):
        self.assertEqual(job.returncode, 0, job.stderr)
        return [line.partition(" MARK")[2] for line in job.stdout.splitlines()]

    def test_defaults_reach_the_job_and_verbose_names_them(self):
        job = self.run_with("# for every job\n-n 3\n-x MARK=file\n", "-x 'MARK=a b'", "-v", PROBE, "surroundings", "MARK")
        self.assertEqual(self.marks(job), ["=[a b]"] * 3)
        for default in (f"{self.file}:2: -n 3", f"{self.file}:3: -x MARK=file", "SCOOP_RUN_OPTIONS: -x MARK=a b"):
            self.assertIn(f"scoop-run: default option of {default}\n", job.stderr)

    def test_the_command_line_wins(self):
        job = self.run_with("-n 3", "-x MARK=a", "-n", 2, "-x", "MARK=b", PROBE, "surroundings", "MARK")
        self.assertEqual((self.marks(job), job.stderr), (["=[b]"] * 2, ""))

    def test_the_file_lies_in_the_home_directory(self):
        os.mkdir(os.path.join(self.folder, ".config"))
        os.rename(os.path.dirname(self.file), os.path.join(self.folder, ".config", "scoop"))
        self.file = os.path.join(self.folder, ".config", "scoop", "run.conf")
        for config in ("", "relative"):
            job = self.run_with("-n 2", "", PROBE, "surroundings", "MARK", HOME=self.folder, XDG_CONFIG_HOME=config)
            self.assertEqual(len(self.marks(job)), 2)

    def test_a_mistake_is_told_with_its_place(self):
        job = self.run_with("-n 2\n--nice 99\n", "", PROBE, "exit", 0)
        self.assertEqual((job.returncode, job.stderr), (
            2, f"scoop-run: {self.file}:2: --nice 99: expected a whole number from 0 to 19\n"))

    def test_a_file_that_cannot_be_read_is_told(self):
        os.mkdir(self.file)
        job = self.run_with(None, "", PROBE, "exit", 0)
        self.assertEqual(job.returncode, 2)
        self.assertIn(f"read the default options in {self.file}: is a directory", job.stderr)

    def test_defaults_can_be_ignored(self):
        job = self.run_with("--banana", "-n 3", "--no-defaults", "-n", 1, PROBE, "exit", 4)
        self.assertEqual((job.returncode, job.stderr), (4, ""))


if __name__ == "__main__":
    launch.main()
