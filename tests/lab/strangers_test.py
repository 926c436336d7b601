#!/usr/bin/env python3
"""What strangers get of a job: one on another host that reaches its port, and another user of its own hosts."""
import os
import re

import hosts
from hosts import PROGRAMS, wait_until

ATTACKS = os.path.join(os.path.dirname(__file__), "..", "process", "attacks.py")
AS_NOBODY = "setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all"


class Strangers(hosts.LabTest):
    NODES = 3  # the third takes no part in the job

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab("put", "node3", ATTACKS, "/home/lab")

    def busy_job(self):
        job = self.start_job("-H", "login:1,node1:1,node2:1", f"{PROGRAMS}/probe", "work-with-children")
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


if __name__ == "__main__":
    hosts.main()
