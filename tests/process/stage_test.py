"""--stage and --stage-file. A "host" is this machine, reached by a command that needs no network."""

import os
import shutil
import signal
import tempfile

import launch

HARD = " a'b\"c$HOME`id`\\*;[x]~#&|<>ü-"
SHELLS = [shell for shell in ("dash", "bash", "busybox sh", "ksh", "mksh") if shutil.which(shell.split()[0])]


class Stage(launch.JobTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.there = os.path.join(self.folder, "there")
        os.mkdir(self.there)
        self.program = self.path("my app")
        shutil.copy(launch.PROBE, self.program)
        self.launcher = f"env 'TMPDIR={self.there}' REACHED={{host}}"
        self.addCleanup(lambda: self.assertEqual(self.staged(), []))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content, mode=0o644):
        with open(self.path(name), "wb") as file:
            file.write(content)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def staged(self):
        """What is left, or there now, of copied files."""
        return [name for name in os.listdir(self.there) if name.startswith("scoop-stage.")]

    def run_job(self, *arguments, launcher=None, **options):
        return launch.scoop_run("--launcher", launcher or self.launcher, *arguments, **options)

    def assert_fails(self, job, *words, status=120):
        self.assertEqual((job.returncode, job.stdout), (status, ""), job.stderr)
        for word in words:
            self.assertIn(word, " ".join(job.stderr.split()))

    def test_program_and_files_are_there_once_for_a_host_and_gone_afterwards(self):
        hard = self.write(HARD, bytes(range(256)) * 1000, 0o751)
        empty = self.write("empty", b"", 0o200)
        job = self.run_job("-v", "-H", "a.invalid:2,b.invalid:1", "--stage", "--stage-file", hard, "--stage-file", empty,
                           self.program, "staged")
        self.assertEqual(job.returncode, 0, job.stderr)
        lines = job.stdout.splitlines()
        self.assertEqual(lines[0], lines[1])
        self.assertNotEqual(lines[0].split(" | ")[0], lines[2].split(" | ")[0])
        for line in lines:
            self.assertRegex(line, rf"^[ab]\.invalid {self.there}/scoop-stage\.\w+/my app \|")
            self.assertIn(f" | {HARD} {0o751} {255 * 128 * 1000} | ", line)
            self.assertIn(f" | empty {0o600} 0", line)
        for host in ("a", "b"):
            self.assertRegex(job.stderr, rf"(?m)^scoop-run: {host}\.invalid: copied 3 files \([\d.]+ MB\) in {self.there}/")

    def test_every_sh_can_receive_files(self):
        file = self.write("file", bytes(range(256)) * 5000)
        for shell in SHELLS:
            with self.subTest(shell):
                job = self.run_job("-H", "a.invalid:1", "--stage", "--stage-file", file, self.program, "staged",
                                   launcher=f"env 'TMPDIR={self.there}' sh -c 'exec {shell}' {{host}}")
                self.assertEqual(job.returncode, 0, job.stderr)
                self.assertIn(f" | file {0o644} {255 * 128 * 5000}", job.stdout)
                self.assertEqual(self.staged(), [])

    def test_the_working_directory_stays_and_a_setup_sees_the_files(self):
        file = self.write("file", b"42")
        job = self.run_job("-H", "a.invalid:1", "--stage-file", file, "--setup", "export A=$(cat $SCOOP_STAGE_DIR/file)",
                           launch.PROBE, "surroundings", "A", "SCOOP_STAGE_OWNER", cwd=self.folder)
        nice = os.getpriority(os.PRIO_PROCESS, 0)
        self.assertEqual(job.stdout, f"0: {self.folder} nice {nice} A=[42] SCOOP_STAGE_OWNER\n", job.stderr)

    def test_this_machine_has_links_in_their_place(self):
        file = self.write("file", b"\x01\x02")
        environment = {**os.environ, "TMPDIR": self.there, "SCOOP_STAGE_DIR": "/outer"}
        job = launch.scoop_run("-n", 1, "--stage", "--stage-file", file, self.program, "staged", env=environment)
        self.assertEqual(job.returncode, 0, job.stderr)
        self.assertIn(f" {self.program} | file {0o644} 3 | my app {0o755} ", job.stdout)

    def test_a_file_system_of_ones_own_choice(self):
        other = self.path("other")
        os.mkdir(other)
        job = self.run_job("-H", "a.invalid:1", "--stage", "-x", f"TMPDIR={other}", self.program, "staged")
        self.assertIn(f" {other}/scoop-stage.", job.stdout, job.stderr)
        self.assertEqual(os.listdir(other), [])

    def test_each_architecture_gets_its_own_program(self):
        os.rename(self.program, self.path(f"app.{os.uname().machine}"))
        hostfile = self.write("hosts", b"a.invalid slots=1 exe=./app.{arch}\n")
        job = self.run_job("--hostfile", hostfile, "--stage", "./app", "staged", cwd=self.folder)
        self.assertEqual(job.returncode, 0, job.stderr)
        self.assertIn(f"/app.{os.uname().machine} | app.{os.uname().machine} {0o755} ", job.stdout)
        hostfile = self.write("hosts", b"a.invalid slots=1 exe=./none.{arch}\n")
        job = self.run_job("--hostfile", hostfile, "--stage", "./app", "staged", cwd=self.folder)
        self.assert_fails(job, f"the host is {os.uname().machine}, and there is no {self.path('none')}.", "build the program")

    def test_a_library_that_is_brought_along_is_found(self):
        file = self.write("libnone.so.1", b"x")
        job = self.run_job("-H", "a.invalid:1", "--stage-file", file, launch.PROBE, "surroundings", "LD_LIBRARY_PATH",
                           env={**os.environ, "LD_LIBRARY_PATH": "/old"})
        self.assertRegex(job.stdout, rf"LD_LIBRARY_PATH=\[{self.there}/scoop-stage\.\w+:/old\]\n$", job.stderr)

    def test_a_setup_does_not_hide_a_library_that_is_brought_along(self):
        file = self.write("libnone.so.1", b"x")
        for where, options in (("a.invalid:1", ("--launcher", self.launcher)), ("localhost:1", ())):
            with self.subTest(where):
                job = launch.scoop_run(*options, "-H", where, "--stage-file", file, "--setup",
                                       "export LD_LIBRARY_PATH=/of/the/setup", launch.PROBE, "surroundings", "LD_LIBRARY_PATH",
                                       env={**os.environ, "TMPDIR": self.there})
                self.assertRegex(job.stdout, rf"LD_LIBRARY_PATH=\[{self.there}/scoop-stage\.\w+:/of/the/setup\]\n$",
                                 job.stderr)

    def test_this_machine_finds_the_library_too(self):
        file = self.write("libnone.so.1", b"x")
        for old, found in ((None, ""), ("", ""), ("/old", ":/old")):
            with self.subTest(old):
                environment = {**os.environ, "TMPDIR": self.there, "LD_LIBRARY_PATH": old}
                if old is None:
                    del environment["LD_LIBRARY_PATH"]
                job = launch.scoop_run("-n", 1, "--stage-file", file, launch.PROBE, "surroundings", "LD_LIBRARY_PATH",
                                       env=environment)
                self.assertRegex(job.stdout, rf"LD_LIBRARY_PATH=\[{self.there}/scoop-stage\.\w+{found}\]\n$", job.stderr)

    def test_files_that_cannot_be_copied_are_refused_before_anything_starts(self):
        same = os.path.join(self.there, "file")
        file = self.write("file", b"")
        shutil.copy(file, same)
        self.addCleanup(os.remove, same)
        for files, sentence in (([self.path("none")], f"copy {self.path('none')} to the hosts: no such file"),
                                ([self.folder], "it is not a regular file; name the files in it, or an archive of it"),
                                ([file, same], f"copy {same} to the hosts: {file} has the same name, and both go"),
                                ([file, file], "it is named twice")):
            with self.subTest(sentence):
                job = self.run_job("-H", "a.invalid", *(word for name in files for word in ("--stage-file", name)),
                                   launch.PROBE, "exit", 3)
                self.assert_fails(job, sentence, status=2)
        os.remove(same)
        self.addCleanup(open(same, "w", encoding="utf-8").close)

    def test_a_host_without_a_place_for_them(self):
        job = self.run_job("-H", "a.invalid:1", "--stage", self.program, "exit", 3,
                           launcher="env TMPDIR=/nonexistent REACHED={host}")
        self.assert_fails(job, "a.invalid stage no directory can be made there for the files: mktemp: ", "/nonexistent",
                          "-x TMPDIR=DIR")

    def test_a_file_that_cannot_be_written(self):
        # A limit stands in for a disk, whose end needs root: tests/lab/stage_test.py.
        job = self.run_job("-H", "a.invalid:1", "--stage", self.program, "exit", 3,
                           launcher=f"env 'TMPDIR={self.there}' sh -c 'shift; ulimit -f 8; trap \"\" XFSZ; exec \"$@\"' x {{host}}")
        self.assert_fails(job, "my app (", "cannot be written into", "File too large")

    def test_bytes_that_change_on_the_way_are_noticed(self):
        tools = self.path("tools")
        os.mkdir(tools)
        self.write("tools/head", b"#!/bin/sh\nexec /usr/bin/head \"$@\" | tr a b\n", 0o755)
        file = self.write("file", b"abc\n")
        job = self.run_job("-H", "a.invalid:1", "--stage-file", file, launch.PROBE, "exit", 3,
                           launcher=f"env 'TMPDIR={self.there}' 'PATH={tools}:{os.environ['PATH']}' REACHED={{host}}")
        self.assert_fails(job, "a.invalid stage file has arrived as other bytes than were sent: cksum says")

    def test_a_program_that_fails_leaves_nothing_there(self):
        self.write("my app", b"#!/bin/sh\nexit 7\n", 0o755)
        job = self.run_job("-H", "a.invalid:1", "--stage", self.program)
        self.assertIn("exited with status 7 before it reached scoop::run", job.stderr)
        self.write("my app", b"#!/bin/sh\nkill -9 $$\n", 0o755)
        job = self.run_job("-H", "a.invalid:1", "--stage", self.program)
        self.assertIn("was killed by signal 9", job.stderr)

    def test_a_launcher_that_is_killed_leaves_nothing_there(self):
        job = self.start_job("--launcher", self.launcher, "-H", "a.invalid:2,b.invalid:1", "--stage",
                             self.program, "work-with-children")
        self.wait_for_line(job, "working")
        self.assertEqual(len(self.staged()), 2)
        os.kill(job.pid, signal.SIGKILL)
        self.assert_all_gone(job)
        launch.wait_until(lambda: not self.staged(), lambda: f"left: {self.staged()}")

    def test_guardian_and_shell_each_remove_the_files_when_the_other_is_killed(self):
        for victim in ("sh", "guardian"):
            with self.subTest(victim):
                job = self.start_job("--launcher", self.launcher, "-H", "a.invalid:1", "--stage", self.program, "work")
                self.wait_for_line(job, "working")
                table = launch.processes()
                shell = next(pid for pid in job.seen if table[pid][0] == job.pid)
                guardian = next(pid for pid in job.seen if self.is_program(table[pid]) and not self.is_program(table[table[pid][0]]))
                os.kill(shell if victim == "sh" else guardian, signal.SIGKILL)
                os.kill(job.pid, signal.SIGTERM)
                self.assert_all_gone(job)
                launch.wait_until(lambda: not self.staged(), lambda: f"left: {self.staged()}")

    @staticmethod
    def is_program(row):
        return os.path.basename((row[2] or [""])[0]) == "my app"

    def test_an_interrupt_while_files_are_copied_leaves_nothing_there(self):
        big = self.path("big")
        with open(big, "wb") as file:
            file.truncate(1 << 30)
        job = self.start_job("--launcher", self.launcher, "-H", "a.invalid:1", "--stage-file", big, launch.PROBE, "work")
        launch.wait_until(self.staged, "the directory")
        job.seen = launch.descendants(job.pid)
        job.send_signal(signal.SIGINT)
        self.assertEqual(job.wait(launch.PATIENCE), 130)
        self.assert_all_gone(job)
        launch.wait_until(lambda: not self.staged(), lambda: f"left: {self.staged()}")

    def test_copying_may_take_longer_than_a_start(self):
        # Every piece takes its time; none takes as long as a start may.
        slow = f"env 'TMPDIR={self.there}' 'FILTER={SLOWLY}' sh -c 'shift; python3 -c \"$FILTER\" | \"$@\"' x {{host}}"
        file = self.write("file", b"x" * 65536 * 20)
        job = self.run_job("-H", "a.invalid:1", "--stage-file", file, "--start-timeout", 8, launch.PROBE, "exit", 3,
                           launcher=slow)
        self.assertEqual(job.returncode, 3, job.stderr)


# Passes stdin on, 20 pieces of it at most each 0.5 s.
SLOWLY = "import os,time\nwhile (b:=os.read(0,65536)): os.write(1,b); time.sleep(0.5 if len(b)>60000 else 0)"


if __name__ == "__main__":
    launch.main()
