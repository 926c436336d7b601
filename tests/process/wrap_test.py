"""--wrap: a debugger, a checker or any other command around the program in some ranks."""

import glob
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

import launch
from launch import IS_SANITIZED, PROBE, scoop_run
from terminal import Terminal

SLOW = {"timeout": 4 * launch.PATIENCE}  # for programs inside of such tools

# Stays the parent of the program, as debuggers and tracers do.
STAYS = """sh -c '"$@"; exit $?' sh"""


class Wrap(launch.JobTest):
    def test_only_the_ranks_named_are_wrapped(self):
        job = scoop_run("-n", 4, "--wrap", "1,3", "env 'MARK=a b'", PROBE, "surroundings", "MARK")
        self.assertEqual(job.returncode, 0, job.stderr)
        self.assertEqual([line.split(" MARK")[1] for line in job.stdout.splitlines()], ["", "=[a b]", "", "=[a b]"])

    def test_the_status_of_the_root_comes_through(self):
        self.assertEqual(scoop_run("-n", 2, "--wrap", "all", "nice", PROBE, "exit", 7).returncode, 7)
        self.assertEqual(scoop_run("-n", 2, "--wrap", "0", STAYS, PROBE, "exit", 7).returncode, 7)

    def test_input_and_output_of_the_root_go_through(self):
        job = scoop_run("-n", 2, "--wrap", "0", STAYS, PROBE, "cat", input="one\ntwo\n")
        self.assertEqual((job.returncode, job.stdout), (0, "read one\nread two\nend of input\n"), job.stderr)

    def test_no_wrapper_outlives_the_launcher(self):
        job = self.start_job("-n", 3, "--wrap", "all", STAYS, PROBE, "sleep", 600)
        self.wait_for_line(job, "sleeping")
        arguments = [argv for pid, (_, _, argv) in launch.processes().items() if pid in job.seen]
        self.assertEqual(sum(argv[:1] == ["sh"] for argv in arguments), 3, arguments)
        job.kill()
        self.assert_all_gone(job)

    def test_no_wrapper_outlives_a_job_that_is_interrupted(self):
        job = self.start_job("-n", 3, "--stop-grace", 1, "--wrap", "all", STAYS, PROBE, "sleep", 600)
        self.wait_for_line(job, "sleeping")
        job.send_signal(signal.SIGTERM)
        self.assertEqual(job.wait(launch.PATIENCE), 128 + signal.SIGTERM)
        self.assert_all_gone(job)

    def test_a_command_that_a_host_lacks_is_named(self):
        job = scoop_run("-n", 2, "--wrap", "1", "no-such-wrapper -x", PROBE, "exit", 0)
        self.assertEqual((job.returncode, job.stdout), (120, ""))
        self.assertIn("start rank 1: run the program with no-such-wrapper: no such command in the directories of PATH",
                      job.stderr)

    def test_a_rank_that_the_job_lacks_is_refused(self):
        job = scoop_run("-n", 2, "--wrap", "2", "nice", PROBE, "exit", 0)
        self.assertEqual((job.returncode, job.stderr),
                         (2, "scoop-run: --wrap 2: the job has only the ranks 0 to 1\n"))

    @unittest.skipUnless(shutil.which("gdb"), "there is no gdb")
    def test_a_debugger_runs_a_worker(self):
        debugger = "gdb -q -batch -ex 'break scoop::run' -ex run -ex 'p 6*7' -ex continue --args"
        job = scoop_run("-n", 2, "--start-timeout", 600, "--wrap", "1", debugger, PROBE, "surroundings", **SLOW)
        self.assertEqual(job.returncode, 0, job.stderr)
        self.assertIn("$1 = 42", job.stdout)
        self.assertIn("0: ", job.stdout)
        self.assertIn("1: ", job.stdout)

    @unittest.skipUnless(shutil.which("gdb"), "there is no gdb")
    def test_a_debugger_of_the_root_has_the_terminal(self):
        # The search for leaks is a debugger itself, and two there cannot be.
        environment = {**os.environ, "TERM": "dumb", "DEBUGINFOD_URLS": "", "ASAN_OPTIONS": "detect_leaks=0"}
        terminal = Terminal([launch.SCOOP_RUN, "-n", "2", "--start-timeout", "600", "--wrap", "0", "gdb -q --args",
                             PROBE, "surroundings"], environment)
        self.addCleanup(terminal.end)
        terminal.wait_for(r"\(gdb\) $")
        for command, answer in (("break main", "Breakpoint 1 at .*"), ("run", "Breakpoint 1, .*"),
                                ("continue", "(?s:0: .*1: .*exited normally.*)")):
            terminal.type(command + "\n")
            terminal.wait_for(answer + r"(?s:.*)\(gdb\) $")
        terminal.type("quit\n")
        self.assertEqual(terminal.wait(), 0)

    @unittest.skipIf(IS_SANITIZED, "valgrind and the sanitizers do not go together")
    @unittest.skipUnless(shutil.which("valgrind"), "there is no valgrind")
    def test_a_checker_runs_every_rank(self):
        with tempfile.TemporaryDirectory() as folder:
            # Debian's valgrind 3.19 does not read what clang 16 writes for debuggers.
            probe = os.path.join(folder, "probe")
            subprocess.run(["strip", "--strip-debug", "-o", probe, PROBE], check=True)
            job = scoop_run("-n", 2, "--start-timeout", 600, "--wrap", "all", f"valgrind --log-file={folder}/%p.log", probe,
                            "surroundings", **SLOW)
            self.assertEqual((job.returncode, len(job.stdout.splitlines())), (0, 2), job.stderr)
            reports = []
            for name in glob.glob(os.path.join(folder, "*.log")):
                with open(name, encoding="utf-8") as file:
                    reports.append(file.read())
            self.assertEqual(sum("Memcheck" in report for report in reports), 2, reports)


if __name__ == "__main__":
    launch.main()
