#!/usr/bin/env python3
"""Hosts that join a running job over SSH, that cannot join it, and that are lost after they have."""
import re
import subprocess

import hosts
from hosts import PROGRAMS, wait_until

TASKS = 40


class Joining(hosts.LabTest):
    NODES = 3

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab("put", "all", f"{hosts.BIN}/tests/joining", PROGRAMS)

    def start_on_node1(self, *command):
        job = self.start_job("-H", "node1:1", *command, stdin=subprocess.PIPE)
        self.addCleanup(self.lab.on, "login", "pkill", "-KILL", "-x", "scoop-run", user="root")
        listed = []

        def is_listed():
            listed[:] = re.findall(r"(?m)^(\d+) +\S+ \S+ +1  ", self.ask("--status").stdout)
            return listed
        wait_until(is_listed, "a job in the list")
        self.number = listed[0]
        wait_until(lambda: "It runs" in self.status(), self.status)
        return job

    def ask(self, *words, user="lab"):
        return self.lab.on("login", f"{PROGRAMS}/scoop-run", *words, user=user)

    def status(self):
        return self.ask("--status", self.number).stdout

    def join(self, *words, user="lab"):
        return self.ask("--join", self.number, *words, user=user)

    def assert_joins(self, words, *lines):
        run = self.join(*words)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual(sorted(run.stdout.splitlines()), sorted(lines))

    def wait_busy(self, node):
        wait_until(lambda: re.search(rf"(?m)^{node} .* [1-9]\d*$", self.status()), self.status)

    def assert_right(self, job):
        output, errors = job.communicate(timeout=2 * hosts.PATIENCE)
        self.assertEqual(job.returncode, 0, errors)
        self.assertEqual(output, f"{sum(range(TASKS)) + TASKS}\n")
        return errors

    def test_joined_hosts_get_tasks_and_one_of_them_is_unplugged(self):
        job = self.start_on_node1(f"{PROGRAMS}/probe", "sum-until-told", TASKS)
        self.assert_joins(("-H", "node2:2"), "node2 has joined the job, with ranks 1-2")
        self.assert_joins(("-H", "node3:2"), "node3 has joined the job, with ranks 3-4")
        self.wait_busy("node2")
        self.wait_busy("node3")
        self.unplug("node3")
        wait_until(lambda: re.search(r"(?m)^node3 +lost ", self.status()), self.status)
        self.assertRegex(self.assert_right(job), r"(?m)^scoop-run: lost host node3: ")
        self.lab("plug", "node3")
        self.assert_nothing_left(hosts.PATIENCE)  # its sshd tries for a while to tell of the end

    def test_every_task_finds_what_the_job_has_had_before(self):
        job = self.start_on_node1(f"{PROGRAMS}/joining", 5)
        run = self.join("-H", "node[2-3]:2")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        output, errors = job.communicate(timeout=hosts.PATIENCE)
        self.assertEqual(job.returncode, 0, errors)
        lines = output.splitlines()
        self.assertRegex(lines[1], r"^tasks ran on: 0=node1( \d=node[23]){4}$")
        self.assertEqual(lines[2], "0 (0) of 5 on node1 of node1 node2 node3")
        self.assertEqual(len(lines), 7)

    def test_hosts_that_cannot_join_leave_the_job_unharmed(self):
        job = self.start_on_node1(f"{PROGRAMS}/probe", "sum-until-told", TASKS)
        self.remove_program("node2", "probe")
        run = self.join("-H", "node2:1,nowhere.invalid:1,node3:1")
        self.assertEqual((run.returncode, run.stdout), (120, ""))
        self.assertIn("2 of 3 hosts did not join the job\n", run.stderr)
        self.assertRegex(run.stderr, r"(?m)^  node2 +program +there is no ")
        self.assertRegex(run.stderr, r"(?m)^  nowhere\.invalid +resolve ")
        self.assertRegex(run.stderr, r"(?m)^node3 has joined the job, with rank 1$")
        self.wait_busy("node3")
        self.assert_right(job)

    def test_another_user_cannot_add_hosts_not_even_root(self):
        job = self.start_on_node1(f"{PROGRAMS}/joining", 2)
        run = self.join("-H", "node2:1", user="root")
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("no such job of yours runs on this machine", run.stderr)
        self.assert_joins(("-H", "node2:1"), "node2 has joined the job, with rank 1")
        _, errors = job.communicate(timeout=hosts.PATIENCE)
        self.assertEqual((job.returncode, errors), (0, "scoop-run: node2 has joined the job, with rank 1\n"))


if __name__ == "__main__":
    hosts.main()
