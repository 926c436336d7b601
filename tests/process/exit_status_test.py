"""How scoop-run ends: its status and what it says."""

import os
import signal
import stat
import tempfile
import unittest

import launch
from launch import PROBE, scoop_run, wait_until


class Words(launch.JobTest):
    def words_after_sigterm(self, *options):
        job = self.start_job(*options, "-n", 2, PROBE, "sleep", 600)
        self.wait_for_line(job, "sleeping")
        os.kill(job.pid, signal.SIGTERM)
        words = job.stderr.read()
        self.assertEqual(job.wait(launch.PATIENCE), 143)
        return words

    def test_notes_are_given_unless_quiet(self):
        self.assertIn("scoop-run: SIGTERM: the job is ending", self.words_after_sigterm())
        self.assertEqual(self.words_after_sigterm("-q"), "")

    def test_quiet_keeps_errors_and_what_the_program_says(self):
        self.assertEqual(scoop_run("-q", "-n", 1, PROBE, "kill", int(signal.SIGKILL)).stderr,
                         "scoop-run: the root was killed by signal 9 (Killed)\n")
        self.assertIn("the program gives up", scoop_run("-q", "-n", 1, PROBE, "throw").stderr)

    def test_nothing_is_said_about_a_job_that_goes_well_unless_asked(self):
        self.assertEqual(scoop_run("-n", 2, PROBE, "exit", 0).stderr, "")

    def test_the_times_of_the_start_are_told_when_they_are_asked_for(self):
        job = scoop_run("--timing", "-n", 2, PROBE, "exit", 3)
        self.assertEqual(job.returncode, 3)
        lines = job.stderr.splitlines()
        self.assertEqual([line.split()[:2] for line in lines[1:]],
                         [["STEP", "HOSTS"], ["program", "1"], ["workers", "1"]], job.stderr)
        self.assertEqual(scoop_run("-q", "--timing", "-n", 2, PROBE, "exit", 3).stderr, "")

    def test_a_check_tells_the_times_too(self):
        job = scoop_run("--timing", "--check", "-n", 2, PROBE, "exit", 3)
        self.assertEqual(job.returncode, 0, job.stderr)
        self.assertIn("The host is fine.", job.stdout)
        self.assertRegex(job.stderr, r"(?m)^  program +1 ")
        job = scoop_run("--timing", "--check", "--launcher", "false {host}", "-H", "a.invalid:1", PROBE, "exit", 3)
        self.assertEqual(job.stderr, "scoop-run: no host has come so far that the steps of its start could be timed\n")

    def test_verbose_names_hosts_ranks_and_the_hosts_without_a_worker(self):
        words = scoop_run("-v", "-n", 2, "-H", "localhost:2,elsewhere:2", PROBE, "exit", 0).stderr
        self.assertIn("scoop-run: no worker for elsewhere: the hosts before have slots enough\n", words)
        self.assertIn("scoop-run: localhost: ranks 0 to 1\n", words)


class Signals(launch.JobTest):
    def test_a_signal_ends_scoop_run_while_it_waits_for_the_hostfile(self):
        with tempfile.TemporaryDirectory() as folder:
            pipe = os.path.join(folder, "hosts")
            os.mkfifo(pipe)
            job = self.start_job("--hostfile", pipe, PROBE)

            def is_opened():
                try:
                    self.addCleanup(os.close, os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
                    return True
                except OSError:
                    return False

            wait_until(is_opened, "scoop-run to open the hostfile")
            os.kill(job.pid, signal.SIGTERM)
            self.assertEqual(job.wait(launch.PATIENCE), -signal.SIGTERM)


class ExitStatus(unittest.TestCase):
    def test_the_status_of_the_root_is_the_status_of_the_job(self):
        for status in (0, 3, 77):
            with self.subTest(status=status):
                self.assertEqual(scoop_run("-n", 2, PROBE, "exit", status).returncode, status)

    def test_an_exception_is_shown_on_stderr_and_gives_1(self):
        job = scoop_run("-n", 2, PROBE, "throw")
        self.assertEqual(job.returncode, 1)
        self.assertIn("std::runtime_error: the program gives up", job.stderr)
        self.assertEqual(job.stdout, "")

    def test_an_exception_of_a_task_reaches_the_program(self):
        job = scoop_run("-n", 2, PROBE, "throw-in-task")
        self.assertEqual(job.returncode, 1)
        self.assertIn("std::domain_error: three", job.stderr)
        self.assertEqual(job.stdout, "0\n1\n2\n")

    def test_a_signal_that_kills_the_root_is_told_as_a_shell_tells_it(self):
        self.assertEqual(scoop_run("-n", 2, PROBE, "kill", int(signal.SIGKILL)).returncode, 137)
        self.assertEqual(scoop_run("-n", 2, PROBE, "kill", int(signal.SIGTERM)).returncode, 143)

    def test_a_segmentation_fault_that_somebody_sends_kills_too(self):
        # Sanitizers would make a report and status 1 of it.
        unsanitized = {name: os.environ.get(name, "") + " handle_segv=0"
                       for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")}
        job = scoop_run("-n", 2, PROBE, "kill", int(signal.SIGSEGV), env={**os.environ, **unsanitized})
        self.assertEqual(job.returncode, 139)

    def test_a_missing_program_gives_127_and_its_name(self):
        job = scoop_run("-n", 2, "/no/such/program")
        self.assertEqual(job.returncode, 127)
        self.assertIn("/no/such/program", job.stderr)

    def test_a_program_that_is_no_scoop_program_gives_126_and_a_sentence(self):
        job = scoop_run("-n", 2, "/bin/true")
        self.assertEqual(job.returncode, 126)
        self.assertIn("/bin/true", job.stderr)
        self.assertIn("scoop program", job.stderr)

    def test_a_script_that_is_no_scoop_program_gives_126(self):
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "script")
            with open(script, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\necho from the script >&2\nexit 5\n")
            os.chmod(script, 0o755)
            job = scoop_run("-n", 2, script)
            self.assertEqual(job.returncode, 126)
            self.assertIn("from the script", job.stderr)

    def test_a_script_that_execs_a_missing_program_gives_127(self):
        for content in ("#!/bin/sh\nexec /no/such/program\n", "#!/usr/bin/env no-such-program\n"):
            with tempfile.TemporaryDirectory() as folder:
                script = os.path.join(folder, "wrapper")
                with open(script, "w", encoding="utf-8") as file:
                    file.write(content)
                os.chmod(script, 0o755)
                job = scoop_run("-n", 2, script)
                self.assertEqual(job.returncode, 127)
                self.assertIn("the script starts a program that does not exist; the line above says which", job.stderr)

    def test_a_missing_library_is_not_taken_for_a_program_of_another_kind(self):
        with tempfile.TemporaryDirectory() as folder:
            # Only the loader looks at this name, so it can be changed in the file: it has the same length.
            with open(PROBE, "rb") as file:
                content = file.read()
            program = os.path.join(folder, "probe")
            with open(program, "wb") as file:
                file.write(content.replace(b"libzmq.so.5", b"libzmx.so.5"))
            os.chmod(program, 0o755)
            job = scoop_run("-n", 2, program)
            self.assertEqual(job.returncode, 120)
            self.assertIn("libzmx.so.5", job.stderr)
            self.assertIn("a shared library that it needs is missing; the line above says which", job.stderr)

    def test_a_wrapper_script_that_execs_the_program_works(self):
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "wrapper with a space")
            with open(script, "w", encoding="utf-8") as file:
                file.write(f'#!/bin/sh\necho noise from the wrapper\nexec "{PROBE}" "$@"\n')
            os.chmod(script, os.stat(script).st_mode | stat.S_IXUSR)
            job = scoop_run("-n", 2, script, "exit", 5)
            self.assertEqual(job.returncode, 5)

    def test_arguments_that_a_wrapper_script_puts_first_are_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "wrapper")
            with open(script, "w", encoding="utf-8") as file:
                file.write(f'#!/bin/sh\nexec "{PROBE}" exit "$@"\n')
            os.chmod(script, 0o755)
            self.assertEqual(scoop_run("-n", 2, script, 6).returncode, 6)

    def test_a_file_that_cannot_be_executed_gives_126(self):
        with tempfile.NamedTemporaryFile() as file:
            job = scoop_run("-n", 2, file.name)
            self.assertEqual(job.returncode, 126)
            self.assertIn(file.name, job.stderr)

    def test_a_directory_is_no_program(self):
        for directory in (".", "..", "/tmp"):
            job = scoop_run("-n", 2, directory)
            self.assertEqual(job.returncode, 126)
            self.assertIn("it is a directory", job.stderr)

    def test_a_pipe_is_no_program_and_is_not_waited_for(self):
        with tempfile.TemporaryDirectory() as folder:
            pipe = os.path.join(folder, "pipe")
            os.mkfifo(pipe, 0o755)
            job = scoop_run("-n", 2, pipe)
            self.assertEqual(job.returncode, 126)
            self.assertIn(f"{pipe}: it is not a regular file", job.stderr)

    def test_a_hostfile_without_end_is_refused(self):
        job = scoop_run("--hostfile", "/dev/zero", PROBE)
        self.assertEqual(job.returncode, 2)
        self.assertIn("/dev/zero: it is larger than 16 MiB", job.stderr)

    def test_usage_errors_give_2_and_name_the_argument(self):
        for arguments, named in (
            (["-n", "0", PROBE], "-n"),
            (["-n", "many", PROBE], "many"),
            (["--no-such-option", PROBE], "--no-such-option"),
            (["--hostfile", "/no/such/hostfile", PROBE], "/no/such/hostfile"),
            (["--ssh-identity", "/no/such/key", PROBE], "the key /no/such/key of --ssh-identity: no such file"),
            (["-n", "100000", PROBE], "100000 workers on this machine"),
            ([], "program"),
        ):
            with self.subTest(arguments=arguments):
                job = scoop_run(*arguments)
                self.assertEqual(job.returncode, 2, job.stderr)
                self.assertIn(named, job.stderr)

    def test_a_bad_hostfile_is_told_with_file_and_line(self):
        with tempfile.NamedTemporaryFile("w", suffix=".hosts") as file:
            file.write("# fine\nlocalhost slots=many\n")
            file.flush()
            job = scoop_run("--hostfile", file.name, PROBE)
            self.assertEqual(job.returncode, 2)
            self.assertIn(f"{file.name}:2", job.stderr)

    def test_a_stack_that_overflows_names_the_task(self):
        advice = "overflow@probe.cpp), which has {}: give every task a larger one with scoop-run --stack {}, or"
        job = scoop_run("-n", 1, PROBE, "overflow")
        self.assertNotEqual(job.returncode, 0)
        self.assertIn("scoop: the stack of a task is full (", job.stderr)
        self.assertIn(advice.format("8M", "32M"), job.stderr)
        job = scoop_run("-n", 1, "--stack", "128K", PROBE, "overflow")
        self.assertIn(advice.format("128K", "512K"), job.stderr)


if __name__ == "__main__":
    launch.main()
