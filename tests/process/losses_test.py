"""What a program is told when workers die under its tasks."""

import os
import re
import resource
import tempfile
import unittest

import launch
from launch import BIN, PROBE, JobTest, scoop_run, wait_until

LOSSES = os.path.join(BIN, "tests", "losses")


class Losses(JobTest):
    def told(self, workers, mode):
        """The lines of the program by their first words."""
        job = scoop_run("-n", workers, "--root-works", "no", LOSSES, mode)
        self.assertEqual(job.returncode, 0, job.stderr)
        return dict(line.split(": ", 1) for line in job.stdout.splitlines())

    def test_a_lost_task_names_the_worker_that_a_signal_ended(self):
        told = self.told(5, "signal")
        self.assertRegex(told["task"], r"^host=(?!rank )\S+ rank=[1-4] signal=9 status=0 attempts=3 memory=[1-9]\d* what=the task was lost")
        self.assertRegex(told["each"], r"^host=(?!rank )\S+ rank=[1-4] signal=9 status=0 attempts=1 memory=[1-9]\d* what=the task was lost")

    def test_a_lost_task_names_the_worker_that_left_and_its_status(self):
        told = self.told(5, "status")
        self.assertRegex(told["task"], r"^host=\S+ rank=[1-4] signal=0 status=3 attempts=3 memory=[1-9]\d* what=.* exited with status 3, with \d+ MiB of memory at most")

    def test_what_no_worker_is_left_for_fails(self):
        told = self.told(2, "last")
        for what in ("killer", "later", "map", "urgent"):
            self.assertRegex(told[what], r"^host=\S+ rank=1 signal=9 .*what=no worker is left that could run the task; "
                             r"the last was on \S+ \(rank 1\), killed by signal 9 \(SIGKILL\), with \d+ MiB of memory at most$")

    def test_a_task_that_dies_of_its_own_child_is_lost_after_three_deaths(self):
        told = self.told(10, "child")  # each try may cost two more, to which the child has gone first
        self.assertRegex(told["task"], r"signal=6 status=0 attempts=3 ")

    def test_a_task_that_has_taken_eight_hosts_along_is_given_up(self):
        hosts = ",".join(f"h{number}.invalid:1" for number in range(10))
        job = scoop_run("--launcher", "env REACHED={host}", "-H", hosts, "--root-works", "no", LOSSES, "hosts")
        self.assertEqual(job.returncode, 0, job.stderr)
        told = dict(line.split(": ", 1) for line in job.stdout.splitlines())
        self.assertRegex(told["task"], r"^host=(h\d)\.invalid rank=\d signal=0 status=0 attempts=8 memory=0 "
                         r"what=the task ran on 8 hosts that were lost; the last was on \1\.invalid \(rank \d\)$")
        self.assertEqual(told["others"], "done")
        self.assertEqual(job.stderr.count("lost host "), 8, job.stderr)


class Replacements(JobTest):
    """With --respawn."""

    def run_job(self, workers, mode):
        with tempfile.TemporaryDirectory() as folder:
            return scoop_run("-n", workers, "--respawn", "--root-works", "no", "-x",
                             f"SCOOP_DOOM={os.path.join(folder, 'doom')}", LOSSES, mode)

    def test_a_job_goes_on_with_as_many_workers_as_before(self):
        job = self.run_job(3, "go_on")
        self.assertEqual(job.returncode, 0, job.stderr)
        told = dict(line.split(": ", 1) for line in job.stdout.splitlines())
        self.assertRegex(told["poison"], "signal=9 status=0 attempts=3 ")
        self.assertEqual(told["overdue"], "done")
        self.assertEqual(told["attempt"], "2")
        self.assertEqual(told["map"], "200")
        for rank in range(3):
            self.assertEqual(told[f"rank {rank}"], "size=3 prepared=1 constant=42 shared=3")
        # Three deaths of the poisoned task, one of the overdue one, one of the first attempt.
        self.assertEqual(len(re.findall(r"was killed by signal 9 \(Killed\); another takes its place", job.stderr)), 5,
                         job.stderr)

    def test_a_replacement_for_which_the_node_has_no_files_left_names_the_limit(self):
        job = self.start_job("-n", 2, "--respawn", PROBE, "work")
        self.wait_for_line(job, "working")
        wait_until(lambda: len(launch.descendants(job.pid)) == 4, "the workers")
        job.seen = launch.descendants(job.pid)
        node, = (pid for pid in job.seen if launch.role_of(pid) == "node")
        limits = resource.prlimit(node, resource.RLIMIT_NOFILE)
        resource.prlimit(node, resource.RLIMIT_NOFILE, (5, limits[1]))
        launch.kill(max(pid for pid in job.seen if launch.role_of(pid) == "worker"))
        told = ""
        while "start rank 1" not in told:
            told = job.stderr.readline()
            self.assertTrue(told)
        resource.prlimit(node, resource.RLIMIT_NOFILE, limits)
        self.assertRegex(told, r"start rank 1: .*too many open files; open files of the node: 5 of 5 \(ulimit -n\); start fewer "
                               r"workers on this host, or let its administrator raise the limit\n$")

    @unittest.skipIf("SCOOP_SANITIZED" in os.environ, "the thread sanitizer lets no process end within a second")
    def test_who_always_ends_at_once_is_replaced_a_few_times_only(self):
        job = self.run_job(2, "for_good")
        self.assertEqual(job.returncode, 0, job.stderr)
        self.assertIn("task: host=", job.stdout)
        self.assertIn("no worker is left that could run the task", job.stdout)
        self.assertRegex(job.stderr, r"rank 1 on \S+ exited with status 7; 8 workers in a row have ended within 1 s of "
                                     r"their start, so no other takes its place")
        # The first one was killed, and is a short life where the machine is quick; where it is slow some more are not.
        self.assertGreaterEqual(job.stderr.count("exited with status 7; another takes its place"), 6)


if __name__ == "__main__":
    unittest.main()
