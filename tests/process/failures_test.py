"""The failures that Python's SCOOP was put through (docs/reliability.md) which no other test tries on real processes.

SCOOP_JOB_AGE says how old a job is, in seconds, when a worker of it dies: SCOOP needed a minute more from half a minute on.
"""

import os
import signal
import tempfile
import time

import launch
from launch import PROBE, JobTest, role_of, scoop_run, wait_until

FAILURES = os.path.join(launch.BIN, "tests", "failures")
AGE = float(os.environ.get("SCOOP_JOB_AGE", "3"))
RECOVERY_MAX = 20 if "SCOOP_SANITIZED" in os.environ else 10  # seconds; a host is given up after 15 of silence
LONG = 1000  # seconds, for a task that does not end
SUM = str(sum(range(1, 1001)))
ELSEWHERE = ("--launcher", "env REACHED={host}", "-H", "a.invalid:1,b.invalid:1")


class Failures(JobTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = os.path.join(folder.name, "begun")

    def begun(self):
        """The attempts that were begun, as (task, attempt)."""
        if not os.path.exists(self.file):
            return []
        with open(self.file, encoding="ascii") as lines:
            return sorted(tuple(map(int, line.split())) for line in lines)

    def workers(self, job):
        """All but the root, which was started first."""
        job.seen = launch.descendants(job.pid)
        return sorted(pid for pid in job.seen if role_of(pid) == "worker")[1:]

    def assert_ends(self, job, output):
        said, errors = job.communicate(timeout=launch.PATIENCE)
        self.assertEqual((job.returncode, said), (0, output), errors)

    def test_a_task_whose_worker_dies_is_begun_again_at_once_however_old_the_job_is(self):
        for age in (0, AGE):
            with self.subTest(age=age):
                if os.path.exists(self.file):
                    os.remove(self.file)
                job = self.start_job("-n", 2, "--respawn", "--root-works", "no", FAILURES, "slow", self.file, 1, LONG, age)
                wait_until(lambda: self.begun() == [(0, 1)], "the task")
                worker, = self.workers(job)
                os.kill(worker, signal.SIGKILL)
                killed = time.monotonic()
                wait_until(lambda: self.begun() == [(0, 1), (0, 2)], self.begun)
                self.assertLess(time.monotonic() - killed, RECOVERY_MAX)
                self.assert_ends(job, "0\n")
                self.assertEqual(self.begun(), [(0, 1), (0, 2)])

    def test_tasks_of_eight_seconds_run_once_when_nobody_dies(self):
        job = self.start_job("-n", 4, "--root-works", "no", FAILURES, "slow", self.file, 2, 8, 0)
        self.assert_ends(job, "1\n")
        self.assertEqual(self.begun(), [(0, 1), (1, 1)])

    def test_the_death_of_an_idle_worker_costs_the_next_map_nothing(self):
        job = self.start_job("-n", 3, "--root-works", "no", FAILURES, "map-twice", self.file)
        self.wait_for_line(job, SUM)
        idle = max(self.workers(job))
        os.kill(idle, signal.SIGKILL)
        wait_until(lambda: not launch.alive([idle]), "its end")
        with open(self.file, "w", encoding="ascii"):
            pass
        self.assert_ends(job, SUM + "\n")

    def test_an_argument_that_cannot_be_written_fails_its_task_alone(self):
        run = scoop_run("-n", 3, "--root-works", "no", FAILURES, "unwritable")
        self.assertEqual((run.returncode, run.stdout), (0, f"serialize: cannot be written\n{SUM}\n"), run.stderr)

    def test_the_end_of_a_root_is_the_status_of_the_job_here_and_elsewhere(self):
        for place in (("-n", 2), ELSEWHERE):
            for status, program in ((3, (PROBE, "exit", 3)), (7, (FAILURES, "leave", 7)), (1, (PROBE, "throw")),
                                    (127, ("/no/such/program",))):
                with self.subTest(place=place, program=program):
                    run = scoop_run(*place, *program)
                    self.assertEqual(run.returncode, status, run.stderr)


if __name__ == "__main__":
    launch.main()
