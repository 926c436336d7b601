#!/usr/bin/env python3
"""Jobs over hosts that stand still and go on: by Ctrl-Z at the launcher's terminal, and stopped by whoever may.

SCOOP_STANDSTILL is for how many seconds they are stopped; more than 15 s of silence would be a death.
"""
import os
import re
import select
import subprocess
import time

import hosts
from hosts import PROGRAMS, wait_until

SECONDS = float(os.environ.get("SCOOP_STANDSTILL", "20"))


class Shell:
    """An interactive bash at a terminal of the host where jobs are started."""

    def __init__(self, lab):
        self.lab = lab
        self.script = lab.start("login", "script", "-q", "-c", "PS1= TERM=dumb bash --norc --noediting -i", "/dev/null",
                                stdin=subprocess.PIPE, stderr=None)
        self.text = ""

    def type(self, text):
        self.script.stdin.write(text)
        self.script.stdin.flush()

    def wait_for(self, pattern):
        """Reads until the pattern has come, and returns its match; what stands before it and itself are dropped."""
        def has_come():
            if select.select([self.script.stdout], [], [], 0)[0]:
                self.text += os.read(self.script.stdout.fileno(), 65536).decode()
            return re.search(pattern, self.text)
        wait_until(has_come, lambda: f"{pattern!r} in {self.text!r}")
        match = re.search(pattern, self.text)
        self.text = self.text[match.end():]
        return match

    def end(self):
        self.lab.shell("login", "pkill -HUP -x script")  # the terminal hangs up
        self.script.communicate(timeout=hosts.PATIENCE)


class Standstill(hosts.LabTest):
    NODES = 2

    def setUp(self):
        self.addCleanup(lambda: [self.lab.shell(node, "rm -f signed") for node in self.lab.nodes])
        self.job = ["-H", self.all_hosts(2), f"{PROGRAMS}/probe", "sign-until-told", "/home/lab/signed", "40", "0.1"]

    def signatures(self):
        texts = [self.lab.shell(node, "cat signed 2>/dev/null || true") for node in self.lab.nodes]
        return sorted(int(task) for text in texts for task in text.split())

    def states(self, host, pids):
        """Each once: T is a process that was stopped."""
        return set(self.lab.on(host, "ps", "-o", "state=", "-p", ",".join(map(str, pids)), user="root").stdout.split())

    def workers(self):
        return {node: hosts.role_processes(self.lab.processes(node), "probe")["worker"] for node in self.lab.nodes}

    def test_ctrl_z_stops_the_workers_of_all_hosts_and_fg_lets_them_go_on(self):
        for launcher in ("ssh", "openssh"):
            with self.subTest(launcher):
                shell = Shell(self.lab)
                try:
                    tasks = self.stop_and_continue(shell, launcher)
                finally:
                    shell.end()
                self.assertEqual(self.signatures(), list(range(tasks)))
                for node in self.lab.nodes:
                    self.lab.shell(node, "rm signed")

    def stop_and_continue(self, shell, launcher):
        shell.type(" ".join([f"{PROGRAMS}/scoop-run --launcher {launcher}", *self.job]) + "\n")
        wait_until(lambda: len(self.signatures()) > 10, "the first tasks")
        workers = self.workers()
        self.assertEqual([len(pids) for pids in workers.values()], [2, 2])
        shell.type("\x1a")
        shell.wait_for("Stopped")
        for node, pids in workers.items():
            wait_until(lambda node=node, pids=pids: self.states(node, pids) == {"T"}, f"the workers of {node} to stop")
        before = len(self.signatures())
        shell.type("fg; echo status $?\n")
        shell.wait_for("the job goes on")
        for node, pids in workers.items():
            wait_until(lambda node=node, pids=pids: "T" not in self.states(node, pids), f"{node} to go on")
        wait_until(lambda: len(self.signatures()) > before, "more tasks")
        shell.type("\x04")
        tasks = int(shell.wait_for(r"signed (\d+)")[1])
        shell.wait_for("status 0")
        return tasks

    def test_a_job_in_the_background_whose_root_wants_to_read_waits_for_fg(self):
        shell = Shell(self.lab)
        try:
            shell.type(f"{PROGRAMS}/scoop-run -H login:1,{self.all_hosts(1)} {PROGRAMS}/probe cat &\n")
            shell.wait_for("the job is suspended")
            time.sleep(SECONDS)  # what is tested
            shell.type("fg; echo status $?\n")
            shell.wait_for("the job goes on")
            shell.type("for the root\n")
            shell.wait_for("read for the root")
            shell.type("\x04")
            shell.wait_for("status 0")
        finally:
            shell.end()

    def stand_still(self, order):
        """Every process of the job, and of its hosts, stands still for longer than any silence may last."""
        # `exec` would stop with a program that stops, so there is a shell in between.
        job = self.lab.start("login", "sh", "-c", '"$@"; exit $?', "sh", f"{PROGRAMS}/scoop-run", *self.job,
                             stdin=subprocess.PIPE)
        wait_until(lambda: len(self.signatures()) > 10, "the first tasks")
        for host in order:
            self.lab("freeze", host)
        time.sleep(SECONDS)  # what is tested
        for host in order:
            self.lab("thaw", host)
        output, errors = job.communicate(timeout=hosts.PATIENCE)
        self.assertEqual((job.returncode, errors), (0, ""))
        self.assertEqual(self.signatures(), list(range(int(output.removeprefix("signed ")))))

    def test_a_job_goes_on_when_its_launcher_is_the_first_to_go_on(self):
        self.stand_still(["login", *self.lab.nodes])

    def test_a_job_goes_on_when_its_launcher_is_the_last_to_go_on(self):
        self.stand_still([*self.lab.nodes, "login"])


if __name__ == "__main__":
    hosts.main()
