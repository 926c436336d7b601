"""scoop-run --status, and what a job does with clients of its private socket that mean it no good."""

import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

from launch import IS_SANITIZED, PATIENCE, PROBE, SCOOP_RUN, JobTest, job_socket, kill, role_of, scoop_run, wait_until


def message(text):
    return struct.pack("<I", len(text)) + text.encode()


class Status(JobTest):
    def start_sleeper(self, *options, **more):
        job = self.start_job(*options, PROBE, "sleep", 600, **more)
        self.wait_for_line(job, "sleeping")
        return job

    def status(self, *words):
        return scoop_run("--status", *words)

    def shown(self, job):
        run = self.status(job.pid)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        return run.stdout

    def connect(self, job):
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.connect(job_socket(job))
        client.settimeout(PATIENCE)
        return client

    @staticmethod
    def read_all(client):
        text = b""
        while piece := client.recv(4096):
            text += piece
        return text[4:].decode()

    def test_a_job_is_listed_and_shown(self):
        job = self.start_sleeper("-n", 3)
        listed = self.status()
        self.assertEqual((listed.returncode, listed.stderr), (0, ""))
        self.assertRegex(listed.stdout, r"^JOB +SINCE +WORKERS +PROGRAM\n")
        self.assertRegex(listed.stdout, rf"(?m)^{job.pid} +\d+-\d+-\d+ \d+:\d+:\d+ +3  probe sleep 600$")
        shown = self.shown(job)
        self.assertRegex(shown, rf"^Job {job.pid}: \S+.*\nIt runs, since \S+ \S+ \(.*\)\.\n3 workers on 1 host\.\n\n")
        self.assertRegex(shown, r"(?m)^HOST +STATE +RANKS  DIED$")
        self.assertRegex(shown, r"(?m)^\S+ +(runs|wants work) +0-2 +0$")
        self.assertLessEqual(max(map(len, (listed.stdout + shown).splitlines())), 80)

    def test_memory_and_limits_of_each_host_are_shown(self):
        job = self.start_job("--launcher", "env REACHED={host}", "-H", "a.invalid:2,b.invalid:1", PROBE, "sleep", 600)
        self.wait_for_line(job, "sleeping")
        limits = r"(?m)^HOST +PROCESSES +OPEN FILES\na.invalid +\d+\S* +\d+/\d+\nb.invalid +\d+\S* +\d+/\d+$"
        shown = ""

        def is_complete():  # a host that is slow to answer is not waited for
            nonlocal shown
            shown = self.shown(job)
            return re.search(limits, shown)
        wait_until(is_complete, lambda: shown)
        for rank, host in enumerate(("a.invalid", "a.invalid", "b.invalid")):
            found = re.search(rf"(?m)^{rank} +{host} +(\d+) +(\d+)$", shown)
            self.assertTrue(found, shown)
            self.assertTrue(0 < int(found[1]) <= int(found[2]) < 1000, shown)

    def test_a_host_that_does_not_answer_is_shown_without_its_limits(self):
        job = self.start_sleeper("-n", 2)
        node, = (pid for pid in job.seen if role_of(pid) == "node")
        os.kill(node, signal.SIGSTOP)
        shown = self.shown(job)
        self.assertIn("2 workers on 1 host.", shown)
        self.assertNotIn("OPEN FILES", shown)
        os.kill(node, signal.SIGCONT)
        wait_until(lambda: "OPEN FILES" in self.shown(job), lambda: self.shown(job))

    @unittest.skipIf(IS_SANITIZED, "sanitizers have threads of their own")
    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody who has no other processes")
    def test_a_limit_of_processes_is_warned_of_and_named_when_it_is_too_low(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        run, probe = (shutil.copy(program, folder.name) for program in (SCOOP_RUN, PROBE))

        def start(limit):
            user = 100_000 + 100 * os.getpid() + limit  # who has no processes that are still ending
            return subprocess.run([run, "-n", "4", probe, "exit", "0"], executable=run, cwd=folder.name, user=user, group=user,
                                  extra_groups=[], env={"HOME": "/", "PATH": os.environ["PATH"]}, capture_output=True,
                                  text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit)))

        outcomes = {limit: start(limit) for limit in (8, 12, 16, 18, 19, 20, 21, 40)}
        self.assertEqual((outcomes[40].returncode, outcomes[40].stderr), (0, ""))
        told = [run.stderr for run in outcomes.values() if run.returncode == 120]
        for text in told:
            self.assertIn("(ulimit -u)", text)
        self.assertTrue(any(re.search(r"4 workers: they and their node need 12 more processes and threads, and there are "
                                      r"\d+ of \d+ \(ulimit -u\) here", " ".join(text.split())) for text in told), told)
        warned = [run.stderr for run in outcomes.values() if run.returncode == 0 and run.stderr]
        self.assertTrue(any(re.search(r"near a limit: processes and threads are \d+ of \d+ \(ulimit -u\)", text)
                            for text in warned), warned)

    def test_the_number_to_ask_with_is_said_and_nothing_is_left(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        run = scoop_run("-v", "-n", 1, PROBE, "sleep", 0, env={**os.environ, "TMPDIR": folder.name})
        self.assertRegex(run.stderr, r'(?m)^scoop-run: job (\d+): "scoop-run --status \1" shows how it is$')
        self.assertEqual(os.listdir(folder.name), [])

    def test_an_unknown_job_is_an_error_that_lists_those_there_are(self):
        job = self.start_sleeper("-n", 1)
        for name in ("1", "abc", "99999999999999999999"):
            run = self.status(name)
            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn(f"--status {name}: no such job of yours runs on this machine; these do:\nJOB ", run.stderr)
            self.assertRegex(run.stderr, rf"(?m)^{job.pid} ")

    def test_workers_that_died_are_counted(self):
        job = self.start_sleeper("-n", 2)
        # The root is the oldest worker.
        kill(max(pid for pid in job.seen if role_of(pid) == "worker"))
        wait_until(lambda: re.search(r"(?m) 0 +1$", self.shown(job)), lambda: self.shown(job))
        self.assertIn("1 worker on 1 host.", self.shown(job))

    def test_a_stopped_job_is_told_from_one_that_is_not_there(self):
        job = self.start_sleeper("-n", 1)
        os.kill(job.pid, signal.SIGSTOP)
        run = self.status(job.pid)
        self.assertEqual((run.returncode, run.stdout), (125, ""))
        self.assertIn(f'ask job {job.pid}: wait for the answer: there was none within 5 s; if it is stopped, "kill -CONT', run.stderr)
        self.assertRegex(self.status().stdout, rf"(?m)^{job.pid} +does not answer$")
        os.kill(job.pid, signal.SIGCONT)
        self.assertIn("It runs", self.shown(job))

    def test_clients_that_say_nothing_or_too_little_disturb_nobody(self):
        job = self.start_sleeper("-n", 1)
        clients = [self.connect(job) for _ in range(10)]
        for number, client in enumerate(clients):
            client.sendall(message("{}")[:number % 5])
        self.assertIn("It runs", self.shown(job))
        # Each has a few seconds.
        for client in clients:
            self.assertEqual(client.recv(1), b"")

    def test_more_clients_than_are_served_at_once_wait_for_each_other(self):
        job = self.start_sleeper("-n", 1)
        # So many may wait besides to be accepted.
        for _ in range(30):
            self.connect(job)
        last = self.connect(job)  # is more patient than --status, which may be answered in the last moment
        last.sendall(message('{"version": 1, "verb": "status"}'))
        self.assertIn("It runs", self.read_all(last))

    def test_what_cannot_be_meant_is_refused_with_a_sentence(self):
        job = self.start_sleeper("-n", 1)
        for bytes_sent, sentence in (
                (message("no JSON"), r'the part \"JSON\" is malformed'),
                (message("[" * 100000), r'the part \"JSON\" is malformed'),
                (message('{"version": 1, "verb": "dance"}'), r'the part \"verb\" is malformed'),
                (message('{"version": 7, "verb": "status"}'), "it is of version 7, and here this is 1; ask with the scoop-run that runs the job"),
                (b"\xff\xff\xff\x7f", "one of 2147483647 bytes is impossible")):
            client = self.connect(job)
            client.sendall(bytes_sent)
            answer = self.read_all(client)
            self.assertIn(sentence, answer)
            self.assertIn('"status":2', answer)
        self.assertIn("It runs", self.shown(job))

    def test_a_client_that_is_slow_to_take_its_answer_holds_nobody_up(self):
        job = self.start_sleeper("-n", 1)
        client = self.connect(job)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        client.sendall(message('{"version": 1, "verb": "status"}'))
        self.assertIn("It runs", self.shown(job))
        self.assertIn("It runs", self.read_all(client))

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_another_user_does_not_get_in(self):
        job = self.start_sleeper("-n", 1)
        script = ("import os, socket, sys\nos.setgroups([])\nos.setgid(65534)\nos.setuid(65534)\n"
                  "try: socket.socket(socket.AF_UNIX).connect(sys.argv[1])\n"
                  "except PermissionError: print('refused')")
        run = subprocess.run([sys.executable, "-c", script, job_socket(job)], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((run.stdout, run.stderr), ("refused\n", ""))

    @unittest.skipUnless(os.geteuid() == 0, "only root gets past /proc")
    def test_root_does_not_get_in_either(self):
        # Where the tests were built, others may not look.
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        run, probe = (shutil.copy(program, folder.name) for program in (SCOOP_RUN, PROBE))
        job = self.start_job("-n", 1, probe, "sleep", 600, executable=run, cwd=folder.name,
                             user=65534, group=65534, extra_groups=[], env={"HOME": "/", "PATH": os.environ["PATH"]})
        self.wait_for_line(job, "sleeping")
        client = self.connect(job)
        self.assertEqual(client.recv(1), b"")
        self.assertNotIn(f"\n{job.pid} ", self.status().stdout)


if __name__ == "__main__":
    unittest.main()
