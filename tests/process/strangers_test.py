"""Strangers at the root broker's port while a job runs: it ends right, in bounded memory, and says once that they came.

The "hosts" are this machine, reached by a command that needs no network; their brokers come by TCP all the same.
"""
import contextlib
import os
import re
import resource
import subprocess
import sys

import attacks
import launch

UTS = os.path.join(launch.BIN, "examples", "uts")
JOINING = os.path.join(launch.BIN, "tests", "joining")
HOSTS = ("--launcher", "env REACHED={host}", "-H", "a.invalid:1,b.invalid:1")
SMALL_TREE = "4130071 nodes, depth 10, 3305118 leaves\n"
LARGE_TREE = "16526523 nodes, depth 11, 13221220 leaves\n"
SENTENCE = "scoop-run: somebody who has not got this job's keys tries to connect to it"
DESCRIPTORS_MAX = 1024
GROWTH_MAX = 32 << 10  # KiB that 600 handshakes at a time and the frames of strangers may take


def listening_ports(pid):
    """The TCP ports that a process listens on."""
    sockets = set()
    ports = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            sockets.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{table}", encoding="ascii") as rows:
            for row in rows:
                fields = row.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                    ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def listening_port(pid):
    """The only one; None as long as there is none."""
    return next(iter(listening_ports(pid)), None)


def memory_peak(pid):
    """In KiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])


class Strangers(launch.JobTest):
    def start(self, *program):
        job = self.start_job(*HOSTS, *program)
        launch.wait_until(lambda: listening_port(job.pid), "the root broker's port")
        return job, listening_port(job.pid)

    def assert_ends_right(self, job, printed):
        output, errors = job.communicate(timeout=4 * launch.PATIENCE)
        self.assertEqual((job.returncode, output.splitlines(True)[:1]), (0, [printed]), errors)
        return errors

    def test_all_attacks_while_a_job_runs(self):
        job, port = self.start(launch.PROBE, "work-with-children")
        self.wait_for_line(job, "working")
        before = memory_peak(job.pid)
        attacks.attack("127.0.0.1", port)
        if not launch.IS_SANITIZED:
            self.assertLess(memory_peak(job.pid) - before, GROWTH_MAX)
        self.assertLessEqual(len(os.listdir(f"/proc/{job.pid}/fd")), DESCRIPTORS_MAX)
        self.assertIsNone(job.poll())
        self.assertEqual(len(launch.alive(job.seen)), len(job.seen), "nobody died of it")
        job.terminate()
        _, errors = job.communicate(timeout=launch.PATIENCE)
        self.assertEqual(errors.count(SENTENCE), 1, errors)
        self.assertRegex(errors, re.escape(SENTENCE) + "[^\n]*; nobody without them is let in, and the job goes on\n")

    def test_a_search_under_attack_counts_right(self):
        tree = [] if launch.IS_SANITIZED else "-t 1 -a 3 -d 11 -b 4 -r 19".split()
        job, port = self.start(UTS, *tree)
        attacks.attack("127.0.0.1", port, [each for each in attacks.ATTACKS if each is not attacks.oversize])
        errors = self.assert_ends_right(job, SMALL_TREE if launch.IS_SANITIZED else LARGE_TREE)
        self.assertEqual(errors.count(SENTENCE), 1, errors)

    def test_one_attack_of_a_kind_is_told(self):
        for each in (attacks.garbage, attacks.without_mechanism, attacks.with_password, attacks.wrong_keys,
                     attacks.wrong_order, attacks.half_open):
            with self.subTest(each.__name__):
                job, port = self.start(launch.PROBE, "work-with-children")
                self.wait_for_line(job, "working")
                attacks.attack("127.0.0.1", port, [each])
                line = job.stderr.readline()
                self.assertTrue(line.startswith(SENTENCE), line)
                job.kill()
                self.assert_all_gone(job)

    def test_a_flood_of_connections_keeps_no_host_out(self):
        # Fewer descriptors than the flood has connections.
        allowed = (DESCRIPTORS_MAX, DESCRIPTORS_MAX)
        job = self.start_job("--launcher", "env REACHED={host}", "-H", "a.invalid:1", JOINING, 2,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, allowed))
        self.wait_for_line(job, "begun")
        flood = subprocess.Popen([sys.executable, attacks.__file__, "127.0.0.1", str(listening_port(job.pid)), "flood"])
        self.addCleanup(flood.wait)
        self.addCleanup(flood.kill)
        line = job.stderr.readline()
        self.assertTrue(line.startswith(SENTENCE), line)
        joined = launch.scoop_run("--join", job.pid, "-H", "b.invalid:1")
        self.assertEqual((joined.returncode, joined.stdout), (0, "b.invalid has joined the job, with rank 1\n"),
                         joined.stderr)
        self.assertIsNone(flood.poll())
        errors = self.assert_ends_right(job, "tasks ran on: 0=a.invalid 1=b.invalid\n")
        self.assertNotIn(SENTENCE, errors)

    def test_what_our_own_hosts_do_is_no_attack(self):
        job, _ = self.start(UTS)
        errors = self.assert_ends_right(job, SMALL_TREE)
        self.assertNotIn(SENTENCE, errors)


if __name__ == "__main__":
    launch.main()
