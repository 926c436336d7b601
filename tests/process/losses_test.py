"""What a program is told when workers die under its tasks."""

import os
import unittest

from launch import BIN, JobTest, scoop_run

LOSSES = os.path.join(BIN, "tests", "losses")


class Losses(JobTest):
    def told(self, workers, mode):
        """The lines of the program by their first words."""
        job = scoop_run("-n", workers, "--root-works", "no", LOSSES, mode)
        self.assertEqual(job.returncode, 0, job.stderr)
        return dict(line.split(": ", 1) for line in job.stdout.splitlines())

    def test_a_lost_task_names_the_worker_that_a_signal_ended(self):
        told = self.told(5, "signal")
        self.assertRegex(told["task"], r"^host=(?!rank )\S+ rank=[1-4] signal=9 status=0 attempts=3 what=the task was lost")
        self.assertRegex(told["each"], r"^host=(?!rank )\S+ rank=[1-4] signal=9 status=0 attempts=1 what=the task was lost")

    def test_a_lost_task_names_the_worker_that_left_and_its_status(self):
        told = self.told(5, "status")
        self.assertRegex(told["task"], r"^host=\S+ rank=[1-4] signal=0 status=3 attempts=3 what=.* exited with status 3")

    def test_what_no_worker_is_left_for_fails(self):
        told = self.told(2, "last")
        for what in ("killer", "later", "map", "urgent"):
            self.assertRegex(told[what], r"^host=\S+ rank=1 signal=9 .*what=no worker is left that could run the task; "
                             r"the last was on \S+ \(rank 1\), killed by signal 9 \(SIGKILL\)$")


if __name__ == "__main__":
    unittest.main()
