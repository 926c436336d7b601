"""Hosts that join a running job with scoop-run --join. A "host" is this machine, reached by a command that needs no network."""

import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import unittest

import launch
from launch import PROBE, JobTest, scoop_run, wait_until

JOINING = os.path.join(launch.BIN, "tests", "joining")
# To bad.invalid it fails, to slow.invalid it takes for ever.
REACH = ("sh -c 'case $0 in bad.invalid) echo no way to $0 >&2; exit 7;; slow.invalid) sleep 1000;; esac; "
         "REACHED=$0 exec \"$@\"' {host}")
TASKS = 40


class Joining(JobTest):
    def start_joining(self, *words, hosts="localhost:1", options=()):
        job = self.start_job("--launcher", REACH, "-H", hosts, *options, JOINING, *words)
        self.wait_for_line(job, "begun")
        return job

    def join(self, job, *words):
        run = scoop_run("--join", job.pid, *words)
        job.seen = launch.descendants(job.pid)
        return run

    def assert_joins(self, job, *words, said):
        run = self.join(job, *words)
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, said, ""))

    def assert_refused(self, job, *words, sentence, status=2):
        run = self.join(job, *words)
        self.assertEqual((run.returncode, run.stdout), (status, ""))
        self.assertEqual(run.stderr, f"scoop-run: --join {job.pid}: {sentence}\n")

    def lines_of(self, job, count):
        return [job.stdout.readline().rstrip("\n") for _ in range(count)]

    def ended(self, job):
        """Its status, the rest of what it said, and its notes."""
        output, errors = job.communicate(timeout=launch.PATIENCE)
        self.assert_all_gone(job)
        return job.returncode, output, errors

    def node_of(self, job, host):
        """The processes of the job on this host, guardian first."""
        mark = f"REACHED={host}\0".encode()
        found = []
        for pid in launch.descendants(job.pid):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    if mark in file.read():
                        found.append(pid)
            except (FileNotFoundError, ProcessLookupError):
                pass
        return sorted(found)

    def test_a_job_of_this_machine_alone_gets_hosts_and_gives_them_work(self):
        job = self.start_joining(1, 3, 4)
        self.assertEqual(self.lines_of(job, 2), ["tasks ran on: 0=localhost", "0 (0) of 1 on localhost of localhost"])
        self.assert_joins(job, "-H", "b.invalid:2", said="b.invalid has joined the job, with ranks 1-2\n")
        self.assertEqual(self.lines_of(job, 4),
                         ["tasks ran on: 0=localhost 1=b.invalid 2=b.invalid",
                          "0 (0) of 3 on localhost of localhost b.invalid",
                          "1 (0) of 3 on b.invalid of localhost b.invalid",
                          "2 (1) of 3 on b.invalid of localhost b.invalid"])
        self.assert_joins(job, "-H", "c.invalid:1", said="c.invalid has joined the job, with rank 3\n")
        status, output, errors = self.ended(job)
        self.assertEqual(status, 0, errors)
        self.assertEqual(output.splitlines(), ["tasks ran on: 0=localhost 1=b.invalid 2=b.invalid 3=c.invalid"] +
                         [f"{rank} ({local}) of 4 on {host} of localhost b.invalid c.invalid" for rank, local, host in (
                             (0, 0, "localhost"), (1, 0, "b.invalid"), (2, 1, "b.invalid"), (3, 0, "c.invalid"))])
        self.assertEqual(errors, "scoop-run: b.invalid has joined the job, with ranks 1-2\n"
                                 "scoop-run: c.invalid has joined the job, with rank 3\n")

    def test_a_hostfile_names_hosts_and_this_machine_may_join_a_job_elsewhere(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as hostfile:
            hostfile.write("localhost slots=2\nc.invalid slots=1 env.MARK=1\n")
            hostfile.flush()
            job = self.start_joining(4, hosts="a.invalid:1")
            run = self.join(job, "--hostfile", hostfile.name)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        joined = re.findall(r"(?m)^(\S+) has joined the job, with (ranks? \S+)$", run.stdout)
        self.assertEqual(sorted(host for host, _ in joined), ["c.invalid", "localhost"])
        status, output, errors = self.ended(job)
        self.assertEqual(status, 0, errors)
        self.assertIn("of a.invalid localhost c.invalid", output)

    def test_a_host_that_cannot_join_is_named_and_the_job_and_the_others_are_unharmed(self):
        job = self.start_joining(2, options=("--start-timeout", launch.PATIENCE))
        run = self.join(job, "-H", "bad.invalid:1,b.invalid:1")
        self.assertEqual((run.returncode, run.stdout), (120, ""))
        self.assertRegex(run.stderr, rf"^scoop-run: --join {job.pid}: 1 of 2 hosts did not join the job\n  HOST ")
        self.assertRegex(run.stderr, r"(?m)^  bad\.invalid +launcher +sh exited with status 7")
        self.assertIn("no way to bad.invalid", run.stderr)
        self.assertRegex(run.stderr, r"(?m)^b\.invalid has joined the job, with rank 1$")
        status, output, errors = self.ended(job)
        self.assertEqual((status, output.splitlines()[0]), (0, "tasks ran on: 0=localhost 1=b.invalid"), errors)
        self.assertRegex(errors, r"(?m)^scoop-run: bad\.invalid did not join the job: sh exited with status 7")

    def test_a_host_that_does_not_answer_is_given_up_after_the_jobs_start_timeout(self):
        job = self.start_joining(2, options=("--start-timeout", 8))  # holds for those that come, too
        run = self.join(job, "-H", "slow.invalid:1")
        self.assertEqual((run.returncode, run.stdout), (120, ""))
        self.assertIn("sh did not bring a shell on the host in time", run.stderr)
        wait_until(lambda: not self.node_of(job, "slow.invalid"), "the end of the command")
        self.assert_joins(job, "-H", "b.invalid:1", said="b.invalid has joined the job, with rank 1\n")
        self.assertEqual(self.ended(job)[0], 0)

    def test_who_cannot_be_taken_is_told_why(self):
        job = self.start_joining(3, hosts="localhost:1,b.invalid:1")
        for host in ("localhost", "b.invalid", socket.gethostname()):
            self.assert_refused(job, "-H", host, sentence=f"{host} is in the job already; name another host")
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as hostfile:
            hostfile.write("c.invalid slots=1 tags=gpu\n")
            hostfile.flush()
            self.assert_refused(job, "--hostfile", hostfile.name,
                                sentence="c.invalid has the tag gpu, which no host had when the job began, so no task "
                                         "can ask for it; name the host without it")
        wrong = self.join(job, "-H", "c:0")
        self.assertEqual((wrong.returncode, wrong.stdout), (2, ""))
        self.assertIn("c:0", wrong.stderr)
        gone = scoop_run("--join", "1", "-H", "c.invalid")
        self.assertEqual(gone.returncode, 2)
        self.assertIn("--join 1: no such job of yours runs on this machine; these do:", gone.stderr)
        self.assert_joins(job, "-H", "c.invalid:1", said="c.invalid has joined the job, with rank 2\n")
        self.assertEqual(self.ended(job)[0], 0)

    def test_the_end_of_the_job_is_told_to_who_waits(self):
        job = self.start_joining(2)
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.settimeout(launch.PATIENCE)
        client.connect(launch.job_socket(job))
        text = ('{"version":1,"verb":"join","hosts":["slow.invalid:1"],"hostfile":"","hostfile_text":"","own_names":[]}')
        client.sendall(struct.pack("<I", len(text)) + text.encode())
        wait_until(lambda: re.search(r"(?m)^slow\.invalid +joining ", scoop_run("--status", job.pid).stdout), "its start")
        job.send_signal(signal.SIGTERM)
        answer = b""
        while piece := client.recv(4096):
            answer += piece
        self.assertIn(b"the job ended before it had joined", answer)
        job.seen = launch.descendants(job.pid)
        self.assertEqual(self.ended(job)[0], 143)

    def start_summing(self, *options):
        job = self.start_job("--launcher", REACH, "-H", "localhost:1", *options, PROBE, "sum-until-told", TASKS,
                             stdin=subprocess.PIPE)
        wait_until(lambda: re.search(r"(?m)^It runs", scoop_run("--status", job.pid).stdout), "its start")
        self.assert_joins(job, "-H", "b.invalid:2", said="b.invalid has joined the job, with ranks 1-2\n")
        wait_until(lambda: re.search(r"(?m)^b\.invalid .* [1-9]\d*$", scoop_run("--status", job.pid).stdout),
                   lambda: scoop_run("--status", job.pid).stdout)
        return job

    def assert_right(self, job):
        status, output, errors = self.ended(job)
        self.assertEqual((status, output), (0, f"{sum(range(TASKS)) + TASKS}\n"), errors)
        return errors

    def test_a_joined_host_that_is_lost_costs_no_task_and_may_join_again(self):
        job = self.start_summing()
        for pid in self.node_of(job, "b.invalid"):
            launch.kill(pid)
        wait_until(lambda: re.search(r"(?m)^b\.invalid +lost ", scoop_run("--status", job.pid).stdout), "its loss")
        wait_until(lambda: self.join(job, "-H", "b.invalid:1").stdout == "b.invalid has joined the job, with rank 3\n",
                   "the end of its session")
        self.assertRegex(self.assert_right(job), r"(?m)^scoop-run: lost host b\.invalid: ")

    def test_a_joined_host_may_leave(self):
        job = self.start_summing()
        left = scoop_run("--leave", job.pid, "-H", "b.invalid")
        self.assertEqual((left.returncode, left.stdout), (0, "b.invalid has left the job, with ranks 1-2\n"))
        self.assert_right(job)

    def test_a_joined_worker_that_dies_is_replaced(self):
        job = self.start_joining(3, options=("--respawn",))
        self.assert_joins(job, "-H", "b.invalid:1", said="b.invalid has joined the job, with rank 1\n")
        launch.kill(self.node_of(job, "b.invalid")[-1])
        wait_until(lambda: re.search(r"(?m)^b\.invalid .* 1 +1 +\d+$", scoop_run("--status", job.pid).stdout),
                   lambda: scoop_run("--status", job.pid).stdout)
        self.assert_joins(job, "-H", "c.invalid:1", said="c.invalid has joined the job, with rank 2\n")
        status, output, errors = self.ended(job)
        self.assertEqual((status, output.splitlines()[0]),
                         (0, "tasks ran on: 0=localhost 1=b.invalid 2=c.invalid"), errors)

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_another_user_is_refused(self):
        job = self.start_joining(2)
        with tempfile.TemporaryDirectory() as folder:  # where the tests are, others may not look
            os.chmod(folder, 0o755)
            run = subprocess.run([shutil.copy(launch.SCOOP_RUN, folder), "--join", str(job.pid), "-H", "b.invalid:1"],
                                 capture_output=True, text=True, cwd="/", user=65534, group=65534, extra_groups=[],
                                 env={"HOME": "/", "PATH": os.environ["PATH"]})
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("no such job of yours runs on this machine", run.stderr)
        self.assert_joins(job, "-H", "b.invalid:1", said="b.invalid has joined the job, with rank 1\n")
        self.assertEqual(self.ended(job)[0], 0)


if __name__ == "__main__":
    launch.main()
