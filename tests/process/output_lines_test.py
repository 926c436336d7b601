"""RANKS workers write LINES lines each, as fast as they can: none may be lost or mixed, and nothing may be hoarded.

SCOOP_RANKS and SCOOP_LINES say how many.
"""

import os
import subprocess
import unittest

import launch
from launch import BIN, SCOOP_RUN

LINES_PROGRAM = os.path.join(BIN, "tests", "lines")
RANKS = os.environ["SCOOP_RANKS"]
LINES = os.environ["SCOOP_LINES"]
MEMORY_MAX_KIB = 200 * 1024


class Lines(unittest.TestCase):
    def check(self, options, *check_options):
        writer = subprocess.Popen([SCOOP_RUN, "-n", RANKS, *options, LINES_PROGRAM, "write", LINES],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        checker = subprocess.run([LINES_PROGRAM, "check", RANKS, LINES, *check_options], stdin=writer.stdout,
                                 stderr=subprocess.PIPE, text=True, check=False)
        writer.stdout.close()
        # Of the largest process of the job, scoop-run included.
        _, status, usage = os.wait4(writer.pid, 0)
        writer.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual((checker.returncode, writer.returncode), (0, 0), checker.stderr)
        if "SCOOP_SANITIZED" not in os.environ:
            self.assertLess(usage.ru_maxrss, MEMORY_MAX_KIB)

    def test_as_they_are(self):
        self.check([])

    def test_with_labels(self):
        self.check(["--output", "label"], "label")


if __name__ == "__main__":
    launch.main()
