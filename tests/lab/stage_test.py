#!/usr/bin/env python3
"""Jobs over real hosts that share no files: --stage copies the program, which only the launcher's host has."""
import os
import signal
import tempfile

import hosts
from hosts import PROGRAMS

OWN = "/home/lab/own"  # on login only


class Stage(hosts.LabTest):
    NODES = 3

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab("put", "login", f"{hosts.BIN}/tests/probe", f"{hosts.BIN}/examples/full_tree", OWN)

    def assert_fails(self, job, host, step, *words):
        self.assertEqual((job.returncode, job.stdout), (120, ""), job.stderr)
        self.assertRegex(job.stderr, rf"(?m)^  {host} +{step}  ")
        for word in words:
            self.assertIn(word, " ".join(job.stderr.split()))

    def mount(self, node, options):
        """A file system of its own at /home/lab/small of a host."""
        self.lab.shell(node, f"mkdir -p /home/lab/small && mount -t tmpfs -o {options} small /home/lab/small && "
                             "chmod 777 /home/lab/small", user="root")
        self.addCleanup(self.lab.shell, node, "umount /home/lab/small", user="root")

    def test_a_program_that_only_the_launcher_has(self):
        for way in ((), ("--launcher", "openssh"), ("--launcher", "ssh -oBatchMode=yes {host}")):
            with self.subTest(way):
                job = self.scoop_run(*way, "-H", self.all_hosts(2), "--stage", f"{OWN}/full_tree")
                self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_two_launchers_copy_at_once(self):
        jobs = [self.start_job("-H", self.all_hosts(1), "--stage", f"{OWN}/full_tree") for _ in range(2)]
        for job in jobs:
            output, errors = job.communicate(timeout=hosts.PATIENCE)
            self.assertEqual((job.returncode, output, errors), (0, "76153\n", ""))

    def test_a_large_file_is_there_once_for_each_host(self):
        self.lab.shell("login", "head -c 52428800 /dev/urandom >large; cksum <large >sum")
        self.addCleanup(self.lab.shell, "login", "rm large sum")
        job = self.scoop_run("-v", "-H", self.all_hosts(2), "--stage", "--stage-file", "large", "--setup",
                             "cksum <$SCOOP_STAGE_DIR/large >sum", f"{OWN}/full_tree")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)
        for node in self.lab.nodes:
            self.assertEqual(job.stderr.count(f"{node}: copied 2 files ("), 1, job.stderr)
            self.assertEqual(self.lab.shell(node, "cat sum; rm sum"), self.lab.shell("login", "cat sum"))

    def put_program_with_libraries(self, *hosts_with_libraries):
        """A program that needs two libraries of which only these hosts have any, in /home/lab/lib. Returns their names."""
        with open(f"{hosts.BIN}/examples/full_tree", "rb") as file:
            content = file.read()
        listed = self.lab.shell("login", f"ldd {PROGRAMS}/full_tree")
        names = {}
        with tempfile.TemporaryDirectory() as folder:
            for old, new in ((b"libzmq.so", b"libzmx.so"), (b"libboost_context.so", b"libboost_cxntext.so")):
                name, file = next(line.split()[0::2][:2] for line in listed.splitlines() if old.decode() in line)
                # Only the loader looks at this name, so it can be changed in the file: it has the same length.
                content = content.replace(old, new)
                names[name.replace(old.decode(), new.decode())] = file
            program = os.path.join(folder, "lacking")
            with open(program, "wb") as file:
                file.write(content)
            os.chmod(program, 0o755)
            self.lab("put", "all", program, PROGRAMS)
        for host in hosts_with_libraries:
            copies = "; ".join(f"cp {file} lib/{name}" for name, file in names.items())
            self.lab.shell(host, f"mkdir lib; {copies}")
            self.addCleanup(self.lab.shell, host, "rm -r lib")
        return list(names)

    def test_libraries_that_one_host_lacks_are_named_with_where_we_have_them(self):
        libraries = self.put_program_with_libraries("login", "node1", "node3")
        path = "LD_LIBRARY_PATH=/home/lab/lib"

        def run(*options):
            return self.lab.on("login", "env", path, f"{PROGRAMS}/scoop-run", "--setup",
                               f"export {path}:$LD_LIBRARY_PATH", *options, "-H", self.all_hosts(1),
                               f"{PROGRAMS}/lacking")
        job = run()
        self.assert_fails(job, "node2", "library", "error while loading shared libraries: ", "1 of 3 hosts failed")
        # The loader gives up at the first one.
        (name,) = (name for name in libraries if f"{name} is on our own machine: /home/lab/lib/{name}\n" in job.stderr)
        self.assertIn(f"with --stage-file /home/lab/lib/{name}, or", job.stderr)

        for way in ((), ("--launcher", "openssh")):
            with self.subTest(way):
                check = run("--check", *way)
                self.assertEqual((check.returncode, check.stderr), (120, ""), check.stdout)
                for name in libraries:
                    self.assertIn(f"{name} is on our own machine: /home/lab/lib/{name}\n", check.stdout)
                    self.assertIn(f" --stage-file /home/lab/lib/{name}", check.stdout)
        job = run(*(word for name in libraries for word in ("--stage-file", f"/home/lab/lib/{name}")))
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_without_a_setup_too_all_libraries_are_named(self):
        libraries = self.put_program_with_libraries("login")
        check = self.scoop_run("--check", "-H", "node1", f"{PROGRAMS}/lacking")
        self.assertEqual((check.returncode, check.stderr), (120, ""), check.stdout)
        for name in libraries:
            # Ours do not find them either, without a path.
            self.assertIn(f"{name} is missing\n", check.stdout)

    def test_nothing_is_left_of_a_launcher_that_is_killed(self):
        job = self.start_job("-H", self.all_hosts(1), "--stage", f"{OWN}/probe", "work-with-children")
        self.assertEqual(job.stdout.readline(), "working\n")
        self.lab.shell("login", "pkill -KILL -x scoop-run")
        self.assertEqual(job.wait(hosts.PATIENCE), -signal.SIGKILL)
        self.assert_nothing_left()

    def test_nothing_is_left_of_a_launcher_that_is_killed_while_it_copies(self):
        self.lab.shell("login", "truncate -s 2G large")
        self.addCleanup(self.lab.shell, "login", "rm large")
        job = self.start_job("-H", "node1:1", "--stage-file", "large", f"{PROGRAMS}/probe", "work")
        hosts.wait_until(lambda: self.lab.shell("node1", "ls -A /tmp", user="root"), "the directory on node1")
        self.lab.shell("login", "pkill -KILL -x scoop-run")
        self.assertEqual(job.wait(hosts.PATIENCE), -signal.SIGKILL)
        self.assert_nothing_left()

    def test_a_disk_that_is_full(self):
        self.mount("node2", "size=1m")
        job = self.scoop_run("-H", "node1:1,node2:1", "--stage", "-x", "TMPDIR=/home/lab/small", f"{OWN}/full_tree")
        self.assert_fails(job, "node1", "stage", "no directory can be made there for the files", "2 of 2 hosts failed")
        self.assert_fails(job, "node2", "stage", "its disk is full: full_tree (", "No space left on device", "make room there")
        self.assertEqual(self.lab.shell("node2", "ls -A small"), "")

    def test_a_file_system_where_nothing_may_be_executed(self):
        self.mount("node2", "noexec")
        job = self.scoop_run("-H", "node2:1", "--stage", "-x", "TMPDIR=/home/lab/small", f"{OWN}/full_tree")
        self.assert_fails(job, "node2", "stage", "nothing can be executed in /home/lab/small/scoop-stage.", "noexec")
        self.assertEqual(self.lab.shell("node2", "ls -A small"), "")

    def test_a_directory_without_permission_to_write(self):
        job = self.scoop_run("-H", "node2:1", "--stage", "-x", "TMPDIR=/", f"{OWN}/full_tree")
        self.assert_fails(job, "node2", "stage", "no directory can be made there for the files", "Permission denied")


if __name__ == "__main__":
    hosts.main()
