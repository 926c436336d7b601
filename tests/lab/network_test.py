#!/usr/bin/env python3
"""A bad network and a slow reader delay a job; nothing is lost, doubled or wrong.

SCOOP_PAUSE is for how many seconds the reader pauses; more than 15 s of silence would be a death.
"""
import os
import time

import hosts
from hosts import PROGRAMS, wait_until

PAUSE = float(os.environ.get("SCOOP_PAUSE", "20"))


class Network(hosts.LabTest):
    NODES = 3

    def signing_job(self, tasks, seconds):
        """A job whose tasks each sign a file of their host, and sleep."""
        job = self.start_job("-H", self.all_hosts(2), f"{PROGRAMS}/probe", "sign", "/home/lab/signed", tasks, seconds)
        self.addCleanup(lambda: [self.lab.shell(node, "rm -f signed") for node in self.lab.nodes])
        return job

    def signatures(self):
        texts = [self.lab.shell(node, "cat signed 2>/dev/null || true") for node in self.lab.nodes]
        return sorted(int(task) for text in texts for task in text.split())

    def assert_every_task_ran_once(self, job, tasks):
        _, errors = job.communicate(timeout=hosts.PATIENCE)
        self.assertEqual(job.returncode, 0, errors)
        self.assertEqual(self.signatures(), list(range(tasks)))

    def test_connections_cut_in_mid_run_lose_and_double_nothing(self):
        job = self.signing_job(300, 0.1)
        for k, node in enumerate(self.lab.nodes):
            wait_until(lambda seen=40 * (k + 1): len(self.signatures()) >= seen, "the tasks")
            self.lab("cut", node)
        self.assert_every_task_ran_once(job, 300)

    def test_cuts_during_a_search_leave_its_count_right(self):
        job = self.start_job("-H", self.all_hosts(2), f"{PROGRAMS}/uts", *"-t 1 -a 3 -d 10 -b 4 -r 19".split())
        while job.poll() is None:
            for node in self.lab.nodes:
                self.lab("cut", node)
        output, errors = job.communicate()
        self.assertIn("4130071 nodes, depth 10, 3305118 leaves", output, errors)

    def test_a_silence_of_a_few_seconds_loses_and_doubles_nothing(self):
        job = self.signing_job(200, 0.1)
        wait_until(lambda: len(self.signatures()) >= 40, "the tasks")
        self.lab("unplug", "node2")
        time.sleep(4)  # the silence itself is what is tested
        self.lab("plug", "node2")
        self.assert_every_task_ran_once(job, 200)

    def test_a_reader_that_pauses_slows_the_job_and_loses_nothing(self):
        job = self.start_job("-H", self.all_hosts(2), f"{PROGRAMS}/probe", "lines", 100, 1000)
        first = job.stdout.readline()
        self.assertTrue(first.startswith("line "), first or job.stderr.read())
        time.sleep(PAUSE)  # as `scoop-run … | less` does
        self.assertIsNone(job.poll())
        # Not by communicate(), which does not see what readline() has read ahead.
        rest, errors = job.stdout.read(), job.stderr.read()
        lines = [first.rstrip("\n"), *rest.splitlines()]
        expected = {f"line {i} of a task, ended by a newline" for i in range(100_000)}
        self.assertEqual([line for line in lines if line not in expected], [])
        self.assertEqual((job.wait(hosts.PATIENCE), len(lines), set(lines)), (0, 100_000, expected), errors)


if __name__ == "__main__":
    hosts.main()
