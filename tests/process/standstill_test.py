"""Processes that stand still for longer than silence is allowed to last, and go on.

SCOOP_STANDSTILL says for how many seconds.
"""

import os
import signal
import tempfile
import time

import launch
from launch import PROBE, JobTest, descendants, states, wait_until

SECONDS = float(os.environ["SCOOP_STANDSTILL"])
TASKS = 200


class Standstill(JobTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = os.path.join(folder.name, "signed")

    def done(self):
        try:
            with open(self.file, encoding="ascii") as signed:
                return sorted(map(int, signed))
        except FileNotFoundError:
            return []

    def started(self):
        job = self.start_job("-n", 2, PROBE, "sign", self.file, TASKS, 0.05)
        wait_until(lambda: len(self.done()) > 10, "the first tasks")
        job.seen = descendants(job.pid)
        self.assertEqual(len(job.seen), 4)
        return job

    def stand_still(self, pids):
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: states(pids) == {"T"}, "everything to stand still")
        time.sleep(SECONDS)  # what is tested
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
            # Each looks around before the next one can say anything.
            wait_until(lambda: states([pid]).isdisjoint("TR"), f"{pid} to go on")

    def assert_ends_well(self, job):
        self.assertEqual(job.wait(launch.PATIENCE), 0)
        self.assertEqual(job.stderr.read(), "")
        self.assertEqual(self.done(), list(range(TASKS)))

    def test_a_job_whose_processes_all_stood_still_goes_on_from_the_launcher(self):
        job = self.started()
        self.stand_still([job.pid, *job.seen])
        self.assert_ends_well(job)

    def test_a_job_whose_processes_all_stood_still_goes_on_from_the_workers(self):
        job = self.started()
        self.stand_still([*reversed(job.seen), job.pid])
        self.assert_ends_well(job)

    def test_a_launcher_that_stood_still_alone_is_not_taken_for_dead(self):
        job = self.started()
        self.stand_still([job.pid])
        self.assert_ends_well(job)


if __name__ == "__main__":
    launch.main()
