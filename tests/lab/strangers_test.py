#!/usr/bin/env python3
"""What strangers get of a job: one on another host that reaches its port, and another user of its own hosts."""
import os
import re
import resource

import hosts
from hosts import PROGRAMS, wait_until

ATTACKS = os.path.join(os.path.dirname(__file__), "..", "process", "attacks.py")
AS_NOBODY = "setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all"


class Strangers(hosts.LabTest):
    NODES = 3  # the third takes no part in the job

    @classmethod
    def setUpClass(cls):
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # of all that the lab starts, too
        super().setUpClass()
        cls.lab("put", "node3", ATTACKS, "/home/lab")

    def busy_job(self, **options):
        job = self.start_job("-H", "login:1,node1:1,node2:1", f"{PROGRAMS}/probe", "work-with-children", **options)
        line = job.stdout.readline()
        self.assertEqual(line, "working\n", line or job.stderr.read())
        for host in ("login", "node1", "node2"):
            # Guardian, node process, worker, and its two children, which its first task makes.
            wait_until(lambda host=host: len(self.pids(host)) == 5, f"the processes on {host}")
        return job

    def end(self, job, status=143):
        self.lab.shell("login", "pkill -TERM -x scoop-run", user="root")
        _, errors = job.communicate(timeout=hosts.PATIENCE)
        self.assertEqual(job.returncode, status, errors)
        return errors

    def port(self):
        """The root broker's."""
        rows = self.lab.shell("login", "ss -H -l -t -n -p", user="root")
        return re.search(r":(\d+) .*scoop-run", rows)[1]

    def as_nobody(self, host, script):
        return self.lab.on(host, *AS_NOBODY.split(), "sh", "-c", script, user="root")

    def pids(self, host, name="probe"):
        rows = self.lab.shell(host, "ps -eo pid=,args=", user="root").splitlines()
        return [row.split()[0] for row in rows if os.path.basename(row.split()[1]) == name]

    def test_every_attack_from_a_host_outside_leaves_the_job_alone_and_is_told_once(self):
        job = self.busy_job()
        before = {host: self.pids(host) for host in ("node1", "node2")}
        address = self.lab.shell("node3", "getent hosts login").split()[0]
        self.lab.shell("node3", f"python3 attacks.py {address} {self.port()}")
        self.assertEqual({host: self.pids(host) for host in before}, before)
        errors = self.end(job)
        told = re.findall(r"somebody who has not got this job's keys tries to connect to it[^\n]*", errors)
        self.assertEqual(len(told), 1, errors)

    def test_the_address_of_who_goes_slowly_is_told(self):
        job = self.busy_job()
        address, own = (self.lab.shell("node1", f"getent hosts {name}").split()[0] for name in ("login", "node3"))
        self.lab.shell("node3", f"python3 attacks.py {address} {self.port()} patient")
        self.assertIn(f"tries to connect to it, from {own};", self.end(job))

    def test_another_user_can_look_into_nothing(self):
        job = self.busy_job()
        for host in ("login", "node1"):
            directories = self.lab.shell(host, "ls -d /tmp/scoop-*", user="root").split()
            sockets = self.lab.shell(host, "find /tmp -type s", user="root").split()
            self.assertTrue(directories and sockets, host)
            pids = self.pids(host) + self.pids(host, "scoop-run")
            self.assertGreaterEqual(len(pids), 3, host)
            private = [*directories, *(f"/proc/{pid}/fd" for pid in pids)]
            for place in private:
                self.assertNotEqual(self.as_nobody(host, f"ls {place}").returncode, 0, place)
            for pid in pids:
                for file in ("environ", "mem", "maps"):
                    self.assertNotEqual(self.as_nobody(host, f"head -c 1 /proc/{pid}/{file}").returncode, 0, file)
            for socket in sockets:
                connect = f"import socket; socket.socket(socket.AF_UNIX).connect('{socket}')"
                refused = self.as_nobody(host, f'python3 -c "{connect}"')
                self.assertIn("PermissionError", refused.stderr)
            # Abstract sockets have no permissions, and shared memory with a name may be opened by it.
            self.assertNotIn("@scoop", self.lab.shell(host, "cat /proc/net/unix"))
            self.assertEqual(self.lab.shell(host, "ls -A /dev/shm", user="root"), "")
        self.end(job)

    def test_memory_with_keys_is_closed_to_the_same_user_and_to_core_files(self):
        job = self.busy_job()
        owners = [self.lab.shell("node1", f"stat -c %U /proc/{pid}/mem", user="root").strip()
                  for pid in self.pids("node1")]
        # Of the copies of the program the node process has the host's keys; the kernel makes its files root's.
        self.assertEqual(owners.count("root"), 1, owners)
        launcher, = self.pids("login", "scoop-run")
        self.assertEqual(int(self.lab.shell("login", f"cat /proc/{launcher}/coredump_filter", user="root"), 16), 0)
        self.end(job)

    def test_core_files_of_all_processes_are_without_keys(self):
        with open("/proc/sys/kernel/core_pattern", encoding="ascii") as file:
            pattern = file.read().strip()
        if pattern.startswith(("|", "/")) or resource.getrlimit(resource.RLIMIT_CORE)[0] == 0:
            self.skipTest(f"processes write no core files to where they are ({pattern}; ulimit -Hc)")
        # Whether there is a file, and whether the variables of the process are in it, as all memory is.
        for kind, host, is_written, has_memory in (
                ("worker", "node1", True, True), ("guardian", "node1", True, True), ("node", "node1", False, False),
                ("scoop-run", "login", True, False)):
            with self.subTest(kind):
                job = self.busy_job(cwd=self.lab.folder)  # what enters the lab for it ends as it does, with a file
                memory = self.lab.on("node1", "python3", "-c", FIND_SECRETS, *self.pids("node1"), user="root")
                secrets = memory.stdout.split()
                self.assertEqual(len(set(secrets)), 1, memory.stderr)
                pid, = (self.pids(host, kind) if kind == "scoop-run" else
                        hosts.role_processes(self.lab.processes(host), "probe")[kind])
                folder = self.lab.shell(host, f"readlink /proc/{pid}/cwd; kill -ABRT {pid}", user="root").strip()
                hosts.wait_until(lambda: int(pid) not in self.lab.processes(host), f"the {kind} to end")
                cores = self.lab.shell(host, f"find {folder} -maxdepth 1 -name 'core*'", user="root").split()
                self.assertEqual(len(cores), int(is_written), cores)
                for core in cores:
                    found = self.lab.on(host, "python3", "-c", SEARCH, core, "PATH=", secrets[0], user="root")
                    self.assertEqual(found.stdout.split(), ["PATH="] if has_memory else [], found.stderr)
                    self.lab.shell(host, f"rm {core}", user="root")
                if kind == "scoop-run":
                    self.assertIn(job.wait(hosts.PATIENCE), (134, -6))
                else:
                    self.end(job)
                self.assert_nothing_left()

    def test_keys_are_in_no_argument_variable_or_line(self):
        job = self.start_job("-v", "-H", "node1:1,node2:1", f"{PROGRAMS}/probe", "work-with-children")
        self.assertEqual(job.stdout.readline(), "working\n")
        memory = self.lab.on("node1", "python3", "-c", FIND_KEYS, *self.pids("node1"), user="root")
        keys = set(memory.stdout.split())
        self.assertTrue(keys, memory.stderr)
        public = [self.lab.shell(host, "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' '\\n'", user="root")
                  for host in ("login", "node1", "node2")]
        public.append(self.end(job))
        for key in keys:
            self.assertFalse(any(key in text for text in public))


# Prints what looks like a key of the job's description in the memory of these processes, which only root may read.
FIND_KEYS = r'''
import re, sys
for pid in sys.argv[1:]:
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            if not re.match(r"[0-9a-f-]+ rw", line): continue
            begin, end = (int(number, 16) for number in line.split()[0].split("-"))
            memory.seek(begin)
            try: data = memory.read(end - begin)
            except OSError: continue
            for key in re.findall(rb'(?:secret|public)_key":"([^"]{40})"', data): print(key.decode())
'''

FIND_SECRETS = FIND_KEYS.replace("(?:secret|public)", "secret")

# Prints which of the words, or of the bytes that they stand for as keys (ZeroMQ's RFC 32, Z85), are in a file.
SEARCH = r'''
import sys
DIGITS = ("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#")
def raw(word):
    numbers = (word[i:i + 5] for i in range(0, len(word), 5))
    values = (sum(DIGITS.index(digit) * 85 ** (4 - k) for k, digit in enumerate(each)) for each in numbers)
    return b"".join((value & 0xffffffff).to_bytes(4, "big") for value in values)
with open(sys.argv[1], "rb") as file: content = file.read()
for word in sys.argv[2:]:
    if word.encode() in content or (len(word) == 40 and raw(word) in content): print(word)
'''


if __name__ == "__main__":
    hosts.main()
