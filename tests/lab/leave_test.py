#!/usr/bin/env python3
"""Hosts that leave a running job: nothing is lost with them, and the job goes on to the right answer."""
import re
import subprocess

import hosts
from hosts import PROGRAMS, wait_until

TASKS = 40


class Leaving(hosts.LabTest):
    NODES = 3

    def start_busy(self, *command):
        job = self.start_job("-H", self.all_hosts(2), *command, stdin=subprocess.PIPE)
        self.addCleanup(self.lab.on, "login", "pkill", "-KILL", "-x", "scoop-run", user="root")
        listed = []

        def is_listed():
            listed[:] = re.findall(r"(?m)^(\d+) +\S+ \S+ +6  ", self.ask("--status").stdout)
            return listed
        wait_until(is_listed, "a job in the list")
        self.number = listed[0]
        # Both hosts that may leave have something to do.
        wait_until(lambda: len(re.findall(r"(?m)^node[23] .* [1-9]\d*$", self.status())) == 2, self.status)
        return job

    def ask(self, *words):
        return self.lab.on("login", f"{PROGRAMS}/scoop-run", *words)

    def status(self):
        return self.ask("--status", self.number).stdout

    def leave(self, *words):
        return self.ask("--leave", self.number, *words)

    def is_free(self, node):
        """Nothing of the job is there, and no connection to it."""
        return not self.lab.processes(node)

    def assert_right(self, job):
        output, errors = job.communicate(timeout=hosts.PATIENCE)
        self.assertEqual(job.returncode, 0, errors)
        self.assertEqual(output, f"{sum(range(TASKS)) + TASKS}\n")
        return errors

    def test_nothing_is_lost_with_hosts_that_leave(self):
        job = self.start_busy(f"{PROGRAMS}/probe", "sum-until-told", TASKS)
        left = self.leave("-H", "node[2-3]")
        self.assertEqual((left.returncode, left.stderr), (0, ""))
        self.assertEqual(sorted(left.stdout.splitlines()), ["node2 has left the job, with ranks 2-3",
                                                            "node3 has left the job, with ranks 4-5"])
        wait_until(lambda: self.is_free("node2") and self.is_free("node3"), "the end of their nodes")
        shown = self.status()
        self.assertRegex(shown, r"(?m)^node1 +(runs|wants work) +0-1 +0 ")
        self.assertRegex(shown, r"(?m)^node2 +left +- +0 +-$")
        again = self.leave("-H", "node2")
        self.assertEqual((again.returncode, again.stdout), (2, ""))
        self.assertEqual(again.stderr, f"scoop-run: --leave {self.number}: node2 has no worker left in the job\n")
        errors = self.assert_right(job)
        self.assertEqual(sorted(errors.splitlines()), ["scoop-run: node2 has left the job, with ranks 2-3",
                                                       "scoop-run: node3 has left the job, with ranks 4-5"])

    def test_a_host_whose_tasks_do_not_end_leaves_when_its_time_is_over(self):
        job = self.start_busy(f"{PROGRAMS}/probe", "work-long")
        left = self.leave("-H", "node3", "--timeout", 1)
        self.assertEqual((left.returncode, left.stderr), (0, ""))
        self.assertEqual(left.stdout, "node3 has left the job, with ranks 4-5; it had no time left; what it was doing is "
                                      "done again elsewhere\n")
        wait_until(lambda: self.is_free("node3"), "the end of the node")
        self.assertRegex(self.status(), r"(?m)^node3 +left ")
        self.lab.shell("login", f"kill {self.number}")
        job.communicate(timeout=hosts.PATIENCE)
        self.assertEqual(job.returncode, 143)

    def test_who_cannot_leave_is_told_why_and_the_job_goes_on(self):
        job = self.start_busy(f"{PROGRAMS}/probe", "sum-until-told", TASKS)
        for words, sentence in (
                (("-H", "node1"), "node1 runs the root, and cannot leave before the job ends"),
                (("-H", "node2,node1"), "node1 runs the root, and cannot leave before the job ends"),
                (("-H", "node9"), "the job has no host node9; it has node1, node2, node3")):
            refused = self.leave(*words)
            self.assertEqual((refused.returncode, refused.stdout, refused.stderr),
                             (2, "", f"scoop-run: --leave {self.number}: {sentence}\n"))
        self.assertEqual(self.assert_right(job), "")


if __name__ == "__main__":
    hosts.main()
