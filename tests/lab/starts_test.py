#!/usr/bin/env python3
"""Starts at their limits: 32 hosts, two launchers at once, hosts that hang, a launcher that is killed meanwhile."""
import time

import hosts
from hosts import PROGRAMS


class ManyHosts(hosts.LabTest):
    NODES = 32

    def test_32_hosts(self):
        begin = time.monotonic()
        job = self.scoop_run("-v", "--timing", "--start-timeout", 120, "-H", self.all_hosts(1), f"{PROGRAMS}/full_tree", timeout=180)
        print(f"32 hosts: {time.monotonic() - begin:.1f} s in all", flush=True)
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)
        self.assertEqual(job.stderr.count("reaches the root broker at"), 32)
        for step in ("connect", "ssh", "host key", "auth", "shell", "program", "workers"):
            self.assertRegex(job.stderr, rf"(?m)^  {step} +32( +\d+\.\d){{3}}  node\d+$")

    def run_with_open_files(self, limits):
        return self.lab.on("login", "bash", "-c", f"ulimit {limits}; exec {PROGRAMS}/scoop-run --start-timeout 120 "
                           f"-H {self.all_hosts(1)} {PROGRAMS}/full_tree", timeout=180)

    def test_the_soft_limit_of_open_files_is_raised_for_many_hosts(self):
        job = self.run_with_open_files("-Sn 64")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)

    def test_a_hard_limit_of_open_files_that_is_just_enough_is(self):
        job = self.run_with_open_files("-n 416")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)
        job = self.run_with_open_files("-n 415")
        self.assertEqual((job.returncode, job.stdout), (2, ""))
        self.assertEqual(job.stderr, "scoop-run: reach 32 hosts: scoop-run needs 416 open files, and a process may have 415 "
                                     "here (ulimit -Hn); name fewer hosts, or let the administrator raise the limit\n")


class Starts(hosts.LabTest):
    NODES = 3

    def test_two_launchers_on_the_same_hosts(self):
        jobs = [self.start_job("-H", self.all_hosts(2), f"{PROGRAMS}/full_tree") for _ in range(2)]
        for job in jobs:
            output, errors = job.communicate(timeout=hosts.PATIENCE)
            self.assertEqual((job.returncode, output, errors), (0, "76153\n", ""))

    def test_the_end_of_one_of_two_launchers_leaves_the_other_alone(self):
        first = self.start_job("-H", self.all_hosts(1), f"{PROGRAMS}/probe", "work")
        self.assertEqual(first.stdout.readline(), "working\n")
        (launcher,) = self.lab.processes("login")
        second = self.start_job("-H", self.all_hosts(1), f"{PROGRAMS}/probe", "sign", "/home/lab/signed", 30, 0.1)
        self.addCleanup(lambda: [self.lab.shell(node, "rm -f signed") for node in self.lab.nodes])
        hosts.wait_until(lambda: self.lab.shell("node1", "cat signed 2>/dev/null || true"), "a task of the second")
        self.lab.shell("login", f"kill -KILL {launcher}")
        _, errors = second.communicate(timeout=hosts.PATIENCE)
        self.assertEqual((second.returncode, errors), (0, ""))

    def test_without_a_home_directory_there_are_no_defaults(self):
        self.lab.shell("login", "mkdir -p /.config/scoop; echo --banana >/.config/scoop/run.conf", user="root")
        self.addCleanup(self.lab.shell, "login", "rm -r /.config", user="root")
        for home in ("", "relative"):
            job = self.lab.on("login", "env", f"HOME={home}", f"{PROGRAMS}/scoop-run", f"{PROGRAMS}/probe", "exit", 4)
            self.assertEqual((job.returncode, job.stderr), (4, ""))

    def test_hosts_that_hang_are_told_together(self):
        self.lab("freeze", "node1")
        self.addCleanup(self.lab, "thaw", "node1")
        self.unplug("node2")
        job = self.scoop_run("-H", self.all_hosts(1), f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout), (120, ""))
        self.assertRegex(job.stderr, r"node1 +ssh +no answer within 10 s")
        self.assertRegex(job.stderr, r"node2 +connect ")
        self.assertIn("2 of 3 hosts", job.stderr)

    def test_a_job_goes_on_without_hosts_that_hang(self):
        self.lab("freeze", "node2")
        self.addCleanup(self.lab, "thaw", "node2")
        job = self.scoop_run("--on-host-failure", "continue", "-H", self.all_hosts(1), f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)

    def test_a_launcher_that_is_killed_at_the_start_leaves_nothing(self):
        # The frozen host keeps the others waiting for the start.
        self.lab("freeze", "node3")
        self.addCleanup(self.lab, "thaw", "node3")
        job = self.start_job("-H", self.all_hosts(2), f"{PROGRAMS}/probe", "work")
        hosts.wait_until(lambda: any("probe" in line for _, line in self.lab.processes("node1").values()), "a node")
        (launcher,) = self.lab.processes("login")
        self.lab.shell("login", f"kill -KILL {launcher}")
        job.wait(hosts.PATIENCE)
        self.lab("thaw", "node3")
        self.assert_nothing_left()


if __name__ == "__main__":
    hosts.main()
