"""SCOOP_WORKERS=4 ./program: a program that starts its own workers, without scoop-run."""

import os
import pty
import select
import signal
import subprocess
import tempfile
import time

import launch
from launch import BIN, PATIENCE, PROBE, SCOOP_RUN, JobTest, alive, descendants, wait_until

FULL_TREE = os.path.join(BIN, "examples", "full_tree")
EMBEDDING = os.path.join(BIN, "tests", "embedding")
NUMBERS = (1, 2, 4)


def environment(workers, **more):
    return {**os.environ, "SCOOP_WORKERS": str(workers), **more}


def run(workers, *command, **options):
    """Runs a command with SCOOP_WORKERS set to its end; text in and out."""
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("env", environment(workers))
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=PATIENCE, **options)


class LocalWorkers(JobTest):
    def start_local(self, workers, *command, **more):
        """Starts a program as the root of its own job, in a session of its own like a shell's foreground job."""
        job = subprocess.Popen(list(map(str, command)), env=environment(workers, **more), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.addCleanup(self.end_job, job)
        return job

    def started(self, mode="work", **more):
        """A job of three that works, with `guardian`, `node` and `workers` as attributes."""
        job = self.start_local(3, PROBE, mode, **more)
        self.wait_for_line(job, "working")
        children_of_tasks = 2 if mode == "work-with-children" else 0  # in each of the three

        def is_complete():
            job.guardian = next((pid for pid in descendants(job.pid) if self.is_guardian(job, pid)), None)
            below = descendants(job.guardian) if job.guardian else []
            job.seen = descendants(job.pid)
            own = len(job.seen) - len(below) - 1
            return len(below) >= 3 + 2 * children_of_tasks and own >= children_of_tasks

        wait_until(is_complete, "the job's processes")
        table = launch.processes()
        job.node = next(pid for pid in job.seen if table[pid][0] == job.guardian)
        job.workers = sorted(pid for pid in job.seen if table[pid][0] == job.node)[:2]
        return job

    def is_guardian(self, job, pid):
        # A child of the root with a child of its own: the children that tasks leave have left their parents.
        table = launch.processes()
        return pid in table and table[pid][0] == job.pid and len(descendants(pid)) >= 3

    def test_the_output_of_a_nested_program_is_right(self):
        for workers in NUMBERS:
            with self.subTest(workers=workers):
                job = run(workers, FULL_TREE)
                self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_every_rank_takes_part_in_each_of_two_jobs_of_one_process(self):
        for workers in NUMBERS:
            with self.subTest(workers=workers):
                job = run(workers, EMBEDDING, "twice", "", "an argument", "--option")
                ranks = " ".join(map(str, range(workers)))
                self.assertEqual(job.stdout, f"first job: status 7, ranks {ranks}\npipe: 1\nchildren: none\n"
                                             f"outside: 1\nsecond job: status 1, ranks {ranks}\n", job.stderr)
                self.assertEqual(job.returncode, 0)
                self.assertIn("ended with an exception", job.stderr)
                self.assertEqual(len(job.stderr.splitlines()), 1)

    def test_topology(self):
        job = run(3, PROBE, "topology")
        self.assertIn("rank 0 of 3", job.stdout)
        self.assertIn("launched 0", job.stdout)

    def test_the_status_is_the_programs(self):
        for workers in NUMBERS:
            with self.subTest(workers=workers):
                self.assertEqual(run(workers, PROBE, "exit", 0).returncode, 0)
                self.assertEqual(run(workers, PROBE, "exit", 3).returncode, 3)
                self.assertEqual(run(workers, PROBE, "kill", int(signal.SIGTERM)).returncode, -signal.SIGTERM)
                thrown = run(workers, PROBE, "throw")
                self.assertEqual(thrown.returncode, 1)
                self.assertIn("std::runtime_error: the program gives up", thrown.stderr)

    def test_std_exit_in_the_program_ends_everything(self):
        # In the middle of a job what only the compute thread's stacks point to would look like a leak.
        job = self.start_local(3, EMBEDDING, "exit", ASAN_OPTIONS="detect_leaks=0")
        self.wait_for_line(job, "running")
        self.assertEqual(job.wait(PATIENCE), 5)
        self.assert_all_gone(job)

    def test_tasks_that_are_dropped_end_with_the_job(self):
        job = self.start_local(3, EMBEDDING, "dropped")
        self.wait_for_line(job, "running")
        self.assertEqual(job.wait(PATIENCE), 6)
        self.assert_all_gone(job)

    def test_a_run_inside_a_job_is_part_of_it(self):
        job = run(2, EMBEDDING, "nested")
        self.assertEqual((job.returncode, job.stdout), (0, "running\n2 2\n"), job.stderr)

    def test_the_input_is_the_programs(self):
        job = run(3, PROBE, "cat", input="one\ntwo\n")
        self.assertEqual(job.stdout, "read one\nread two\nend of input\n")

    def test_lines_of_workers_are_whole_and_none_is_lost(self):
        job = run(4, PROBE, "lines", 40, 500)
        self.assertIn("printed 20000", job.stderr)
        self.assertEqual(sorted(job.stdout.splitlines()),
                         sorted(f"line {i} of a task, ended by a newline" for i in range(20000)))

    def test_a_reader_that_leaves_ends_the_program_as_any_other(self):
        shell = f"'{PROBE}' lines 1000 1000 | head -n 1; echo ${{PIPESTATUS[0]}}"
        done = run(2, "bash", "-c", shell)
        self.assertEqual(done.stdout.splitlines()[1], "141", done.stderr)

    def test_bad_numbers_are_told_and_give_2(self):
        for value in ("0", "-1", "four", "4 ", "2.5", "1025", "99999999999999999999"):
            with self.subTest(value=value):
                job = run(value, PROBE, "exit", 0)
                self.assertEqual((job.returncode, job.stdout), (2, ""))
                self.assertIn("SCOOP_WORKERS", job.stderr)
                self.assertIn(f'"{value}"', job.stderr)
        self.assertEqual(run("", PROBE, "exit", 3).returncode, 3)

    def test_scoop_run_decides_where_it_runs(self):
        for value in ("3", "four"):
            with self.subTest(value=value):
                job = run(value, SCOOP_RUN, "-n", 2, PROBE, "topology")
                self.assertIn("rank 0 of 2", job.stdout, job.stderr)
                self.assertIn("launched 1", job.stdout)

    def test_copies_that_do_not_reach_run_are_told_and_give_120(self):
        for role in ("node", "broker", "worker"):
            with self.subTest(role=role):
                job = run(3, EMBEDDING, "unreached", role)
                self.assertEqual((job.returncode, job.stdout), (120, ""))
                self.assertIn("exited with status 5 before it called scoop::run", job.stderr)

    def test_the_temporary_folder_is_left_as_it_was(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(run(2, FULL_TREE, env=environment(2, TMPDIR=folder)).returncode, 0)
            self.assertEqual(os.listdir(folder), [])
            for victim in ("root", "node"):
                job = self.started(TMPDIR=folder)
                self.assertEqual(len(os.listdir(folder)), 1)
                os.kill(job.pid if victim == "root" else job.node, signal.SIGKILL)
                self.assert_all_gone(job)
                wait_until(lambda: not os.listdir(folder), "the job's directory to be removed")

    def test_kill_9_of_the_root_ends_everything(self):
        job = self.started()
        os.kill(job.pid, signal.SIGKILL)
        self.assertEqual(job.wait(PATIENCE), -signal.SIGKILL)
        self.assert_all_gone(job)

    def test_kill_9_of_a_root_whose_children_hold_its_descriptors_ends_the_workers_and_their_children(self):
        job = self.started("work-with-children")
        # What the program itself forks in the process that the user started is the program's, as in any other.
        everything, job.seen = job.seen, [job.guardian, *descendants(job.guardian)]
        os.kill(job.pid, signal.SIGKILL)
        try:
            self.assert_all_gone(job)
        finally:
            job.seen = everything

    def test_kill_9_of_the_node_or_guardian_ends_the_program_with_121(self):
        for victim, reason in (("node", "their node process has ended"), ("guardian", "its guardian process was killed")):
            with self.subTest(victim=victim):
                job = self.started()
                os.kill(getattr(job, victim), signal.SIGKILL)
                self.assertEqual(job.wait(PATIENCE), 121)
                # The thread sanitizer has its own words for a process that leaves its threads behind.
                ours = [line for line in job.stderr if line.startswith("scoop:")]
                told = [f"scoop: the other workers are lost: {reason}; so the job ends\n"]
                if victim == "node":
                    told.append("scoop: the node process was killed by signal 9 (Killed)\n")  # by its guardian
                self.assertEqual(sorted(ours), sorted(told))
                self.assert_all_gone(job)

    def test_a_worker_that_is_killed_is_told_and_does_not_stop_the_job(self):
        job = self.started()
        os.kill(job.workers[1], signal.SIGKILL)
        self.assertEqual(job.stderr.readline(), "scoop: rank 2 was killed by signal 9 (Killed); the job goes on without it\n")
        self.assertIsNone(job.poll())
        job.terminate()
        self.assertEqual(job.wait(PATIENCE), -signal.SIGTERM)
        self.assert_all_gone(job)

    def test_a_task_of_a_worker_that_is_killed_is_done_elsewhere(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "signed")
            with open(file + ".hold", "w", encoding="ascii"):
                pass
            job = self.start_local(2, PROBE, "sign", file, 2, 0)
            wait_until(lambda: os.path.exists(file) and os.path.getsize(file) == 4, "both tasks to run")
            job.seen = descendants(job.pid)
            for pid in job.seen:
                if not descendants(pid):  # neither the guardian nor the node
                    os.kill(pid, signal.SIGKILL)
            os.remove(file + ".hold")
            self.assertEqual(job.wait(PATIENCE), 0)
            with open(file, encoding="ascii") as signed:
                self.assertEqual(len(signed.readlines()), 3)
            self.assert_all_gone(job)

    def test_ctrl_c_at_a_terminal_ends_everything_without_a_word(self):
        pid, terminal = pty.fork()
        if pid == 0:
            try:
                signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs ignore it
                os.execve(PROBE, [PROBE, "work"], environment(3))
            finally:
                os._exit(127)
        seen = []
        try:
            printed = self.read_terminal(terminal, b"working\r\n")
            wait_until(lambda: len(descendants(pid)) == 4, "the job's processes")
            seen = descendants(pid)
            os.write(terminal, b"\x03")
            wait_until(lambda: os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT), "the end of the root")
            printed += self.read_terminal(terminal, None)
            wait_until(lambda: not alive(seen), "the end of the job")
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), -signal.SIGINT)
            self.assertEqual(printed.replace(b"^C", b""), b"working\r\n")
        finally:
            for left in alive([pid, *seen]):
                os.kill(left, signal.SIGKILL)
            os.close(terminal)

    def read_terminal(self, terminal, expected):
        """What the terminal shows: until it is what is expected, or (None) until nobody writes to it any more."""
        shown = b""
        end = time.monotonic() + PATIENCE
        while shown != expected and time.monotonic() < end:
            if not select.select([terminal], [], [], 0.1)[0]:
                continue
            try:
                more = os.read(terminal, 4096)
            except OSError:  # EIO: the last descriptor of the other side is closed
                break
            shown += more
        return shown

    def test_an_idle_job_uses_no_processor_time(self):
        job = self.start_local(4, PROBE, "sleep", 600)
        self.wait_for_line(job, "sleeping")
        self.assert_comes_to_rest(job)


if __name__ == "__main__":
    launch.main()
