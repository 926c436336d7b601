#!/usr/bin/env python3
"""Jobs of a real Grid Engine whose script is one scoop-run: the hosts and their slots are those of the job."""
import os
import subprocess

import hosts
from hosts import PROGRAMS

OUTPUT = ("-o", "/home/lab/out", "-e", "/home/lab/err")
UTS_T1 = "-t 1 -a 3 -d 10 -b 4 -r 19"


class GridEngine(hosts.LabTest):
    NODES = 4

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        subprocess.run([os.path.join(os.path.dirname(hosts.SCRIPT), "lab_grid_engine"), "up"], check=True, text=True,
                       env=cls.lab.environment, stdout=subprocess.DEVNULL, timeout=3 * hosts.PATIENCE)
        cls.lab("put", "all", f"{hosts.BIN}/scoop-run", PROGRAMS)

    def setUp(self):
        self.addCleanup(self.lab.on, "login", "qdel", "-u", "lab")  # of a test that failed

    def write_script(self, command):
        self.lab.shell("login", f"printf '#!/bin/sh\n%s\n' '{command}' >job.sh")

    def run_job(self, command, *options):
        """Submits a script with one line and waits for its end: what it wrote, on whichever host ran it."""
        self.write_script(command)
        done = self.lab.on("login", "qsub", "-sync", "y", *OUTPUT, *options, "job.sh")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for node in self.lab.nodes:
            if self.lab.on(node, "test", "-f", "out").returncode == 0:
                return [self.lab.shell(node, f"cat {name}; rm {name}") for name in ("out", "err")]
        raise AssertionError("the job wrote nothing")

    def assert_ranks(self, errors, counts):
        """-v tells which ranks each host has; so many there are, the most first."""
        found = {}
        for line in errors.splitlines():
            host, _, ranks = line.removeprefix("scoop-run: ").partition(": rank")
            if ranks:
                numbers = [int(number) for number in ranks.lstrip("s").replace(" to ", " ").split()]
                found[host] = numbers[-1] - numbers[0] + 1
        self.assertEqual(sorted(found.values(), reverse=True), counts, errors)

    def test_slots_of_each_host_in_turn(self):
        output, errors = self.run_job(f"{PROGRAMS}/scoop-run -v {PROGRAMS}/uts {UTS_T1}", "-pe", "round", 6)
        self.assertIn("4130071 nodes, depth 10, 3305118 leaves", output)
        self.assertIn(": 4 hosts with 6 slots, by PE_HOSTFILE\n", errors)
        self.assert_ranks(errors, [2, 2, 1, 1])

    def test_host_by_host(self):
        output, errors = self.run_job(f"{PROGRAMS}/scoop-run -v {PROGRAMS}/uts {UTS_T1}", "-pe", "fill", 6)
        self.assertIn("4130071 nodes, depth 10, 3305118 leaves", output)
        self.assertIn(": 2 hosts with 6 slots, by PE_HOSTFILE\n", errors)
        self.assert_ranks(errors, [4, 2])

    def test_the_script_of_the_document(self):
        # It names a parallel environment that is not one of these.
        go = self.put_documented_script("Grid Engine")
        self.lab.shell("login", f"{go} && qsub -sync y -v PATH=$PATH -pe round 6 -o out -e err job.sh")
        self.assertEqual(self.lab.shell("login", "cd /shared && cat out err && rm out err"), "76153\n")

    def test_a_job_without_a_parallel_environment_has_its_one_slot(self):
        output, errors = self.run_job(f"{PROGRAMS}/scoop-run -v {PROGRAMS}/probe topology")
        self.assertIn("rank 0 of 1 ", output)
        self.assertIn(": 1 host with 1 slot, by NSLOTS, without a parallel environment\n", errors)

    def test_a_job_that_is_deleted_leaves_nothing(self):
        self.write_script(f"exec {PROGRAMS}/scoop-run {PROGRAMS}/probe work-with-children")
        done = self.lab.on("login", "qsub", "-terse", "-notify", "-pe", "round", 8, *OUTPUT, "job.sh")
        self.assertEqual(done.returncode, 0, done.stderr)
        hosts.wait_until(lambda: all(len(self.lab.processes(node)) >= 8 for node in self.lab.nodes),
                         "workers with their children everywhere")
        self.lab.shell("login", f"qdel {done.stdout.strip()}")
        self.assert_nothing_left(hosts.PATIENCE)  # the warning comes 10 s before the end
        hosts.wait_until(lambda: self.lab.shell("login", "qstat") == "", "the job is gone")
        for node in self.lab.nodes:
            self.lab.shell(node, "rm -f out err")

    def test_a_job_that_is_deleted_is_told_before(self):
        self.addCleanup(self.lab.shell, "login", "rm -f /shared/out /shared/err")
        self.write_script(f"exec {PROGRAMS}/scoop-run {PROGRAMS}/probe name-signals")
        done = self.lab.on("login", "qsub", "-terse", "-notify", "-pe", "round", 4, "-o", "/shared/out", "-e",
                           "/shared/err", "job.sh")
        self.assertEqual(done.returncode, 0, done.stderr)

        def output():
            return self.lab.shell("login", "cat /shared/out 2>/dev/null || true")

        hosts.wait_until(lambda: "listening" in output(), "a start")
        self.lab.shell("login", f"qdel {done.stdout.strip()}")
        hosts.wait_until(lambda: "USR2" in output(), lambda: f"the signal before the end: {output()}")
        self.assert_nothing_left(hosts.PATIENCE)  # the warning comes 10 s before the end
        hosts.wait_until(lambda: self.lab.shell("login", "qstat") == "", "the job is gone")


if __name__ == "__main__":
    hosts.main()
