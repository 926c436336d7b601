"""What a running job does: balance, exactly one execution, output, input, idleness."""

import contextlib
import os
import resource
import subprocess
import tempfile
import time
import unittest

import launch
from launch import PROBE, SCOOP_RUN, JobTest, processor_seconds, role_of, scoop_run, wait_until


class Job(JobTest):
    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name

    def test_long_tasks_are_spread_evenly_right_after_many_tiny_ones(self):
        job = scoop_run("-n", 4, PROBE, "balance", self.folder(), 4)
        self.assertEqual(job.returncode, 0, job.stderr)
        self.assertEqual(job.stdout.split(), ["0:3", "1:3", "2:3", "3:3"])

    def test_threads_are_named_and_the_process_keeps_its_name(self):
        job = self.start_job("-n", 2, PROBE, "sleep", 600)
        self.wait_for_line(job, "sleeping")

        def names(pid):
            found = []
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/comm", encoding="ascii") as file:
                    found.append(file.read().strip())
            return found

        workers = sorted(pid for pid in job.seen if launch.role_of(pid) == "worker")
        wait_until(lambda: {"probe", "scoop-compute", "scoop-comm"} <= set(names(workers[0])), "the root's threads")
        wait_until(lambda: {"probe", "scoop-comm"} <= set(names(workers[1])), "the threads of the other worker")
        self.assertNotIn("scoop-compute", names(workers[1]))

    def test_every_task_runs_exactly_once(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "signed")
            job = scoop_run("-n", 2, PROBE, "sign", file, 40, 0.05)
            self.assertEqual(job.returncode, 0, job.stderr)
            with open(file, encoding="ascii") as signed:
                self.assertEqual(sorted(map(int, signed)), list(range(40)))

    def test_arguments_reach_the_program_byte_for_byte(self):
        hard = ["", " ", "a b", "$HOME", "`id`", "'", '"', "\\", "*", "a\nb", ";", "--help", "-n", "ü"]
        job = scoop_run("-n", 2, PROBE, "echo", *hard)
        self.assertEqual(job.stdout, "".join(f"[{text}]\n" for text in hard))

    def test_a_task_that_does_not_stop_takes_its_worker_along_and_nothing_else(self):
        job = scoop_run("-n", 3, "--root-works", "no", PROBE, "overdue")
        self.assertEqual(job.returncode, 0, job.stderr)
        self.assertRegex(job.stdout, r"^scoop: the task .*work.* ran longer than its timeout\nlost: ")
        self.assertRegex(job.stderr, r"rank [12] on .*work.* has not stopped after its timeout and kill_after")

    def test_a_root_whose_task_does_not_stop_lives_on(self):
        job = scoop_run("-n", 1, PROBE, "overdue-for", 2)
        self.assertEqual((job.returncode, job.stdout), (0, ""), job.stderr)
        self.assertIn("it goes on, since the root cannot be killed", job.stderr)

    def test_topology(self):
        job = scoop_run("-n", 3, PROBE, "topology")
        self.assertIn("rank 0 of 3", job.stdout)
        self.assertIn("launched 1", job.stdout)
        alone = subprocess.run([PROBE, "topology"], capture_output=True, text=True, timeout=launch.PATIENCE)
        self.assertIn("rank 0 of 1", alone.stdout)
        self.assertIn("launched 0", alone.stdout)

    def test_lines_of_many_workers_are_never_mixed_or_lost(self):
        job = scoop_run("-n", 4, PROBE, "lines", 40, 500)
        self.assertIn("printed 20000", job.stderr)
        lines = job.stdout.splitlines()
        self.assertEqual(sorted(lines), sorted(f"line {i} of a task, ended by a newline" for i in range(20000)))

    def test_a_reader_that_pauses_slows_the_job_and_loses_nothing(self):
        job = self.start_job("-n", 2, PROBE, "lines", 100, 1000)
        first = job.stdout.readline()
        self.assertTrue(first.startswith("line "), first or job.stderr.read())
        time.sleep(3)  # the pause itself is what is tested
        self.assertIsNone(job.poll())
        lines = [first.rstrip("\n"), *job.stdout.read().splitlines()]
        expected = {f"line {i} of a task, ended by a newline" for i in range(100_000)}
        self.assertEqual([line for line in lines if line not in expected], [])
        self.assertEqual((len(lines), set(lines)), (100_000, expected))
        self.assertIn("printed 100000", job.stderr.read())
        self.assertEqual(job.wait(launch.PATIENCE), 0)

    def test_a_reader_that_leaves_ends_the_job(self):
        shell = f"'{SCOOP_RUN}' -n 2 '{PROBE}' lines 1000 1000 | head -n 1; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=launch.PATIENCE,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.stdout.splitlines()[1], "141", done.stderr)

    def test_input_goes_to_the_root(self):
        job = scoop_run("-n", 3, PROBE, "cat", input="one\ntwo\n")
        self.assertEqual(job.stdout, "read one\nread two\nend of input\n")

    def test_more_input_than_any_buffer_holds_arrives_whole(self):
        text = "".join(f"{i:099d}\n" for i in range(30_000))
        job = scoop_run("-n", 2, PROBE, "cat", input=text)
        self.assertEqual(len(job.stdout.splitlines()), 30_001)

    def test_an_idle_job_uses_no_processor_time(self):
        job = self.start_job("-n", 4, PROBE, "sleep", 600)
        self.wait_for_line(job, "sleeping")
        self.assert_comes_to_rest(job)

    def test_with_spin_everything_runs_as_always(self):
        job = scoop_run("-n", 3, "--spin", "--root-works", "no", PROBE, "balance", self.folder(), 2)
        self.assertEqual((job.returncode, job.stderr), (0, ""))

    def test_with_spin_who_waits_keeps_a_processor_busy(self):
        job = self.start_job("-n", 2, "--spin", PROBE, "sleep", 600)
        self.wait_for_line(job, "sleeping")
        workers = [pid for pid in job.seen if role_of(pid) == "worker"]
        others = [pid for pid in job.seen if pid not in workers]  # the host's broker is in one of them
        self.assertEqual(len(workers), 2)
        for pids in (*([pid] for pid in workers), others):
            before = processor_seconds(pids)
            wait_until(lambda: processor_seconds(pids) > before + 0.2, f"{pids} to spin")

    def test_two_jobs_at_once_do_not_disturb_each_other(self):
        first = self.start_job("-n", 2, PROBE, "balance", self.folder(), 2)
        second = self.start_job("-n", 2, PROBE, "balance", self.folder(), 2)
        for job in (first, second):
            self.assertEqual(job.wait(launch.PATIENCE), 0)


def open_files(soft, hard):
    """What limits the open files of a process before it is executed."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class OpenFiles(JobTest):
    WORKERS = 60

    def run_workers(self, soft, hard):
        return scoop_run("-n", self.WORKERS, "--oversubscribe", PROBE, "exit", 3, preexec_fn=open_files(soft, hard))

    def test_the_soft_limit_is_raised_for_many_workers(self):
        job = self.run_workers(64, 4096)
        self.assertEqual((job.returncode, job.stderr), (3, ""))

    def test_as_many_as_the_hard_limit_lets_through_is_said_before_any_is_started(self):
        job = self.run_workers(64, 200)
        self.assertEqual((job.returncode, job.stdout), (120, ""))
        self.assertIn("start 60 workers: their node needs 272 open files, and a process may have 200 here "
                      "(ulimit -Hn)", job.stderr)
        self.assertIn("-> start fewer workers on this host", job.stderr)


def pids_cgroup():
    """The folder of the outermost cgroup with limits of processes; none where this user may make no other in it."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        mounts = [line.split() for line in file]
    for _, _, _, _, point, *_, kind, _, options in mounts:
        controllers = options.split(",") if kind == "cgroup" else []
        if kind == "cgroup2":
            with contextlib.suppress(OSError), open(f"{point}/cgroup.subtree_control", encoding="ascii") as file:
                controllers = file.read().split()
        if "pids" in controllers and os.access(point, os.W_OK):
            return point
    return None


@unittest.skipIf(pids_cgroup() is None, "this user may not make a cgroup with a limit of processes here")
@unittest.skipIf(launch.IS_SANITIZED, "a sanitizer's threads count")
class Processes(JobTest):
    WORKERS = 8  # with two threads each

    def setUp(self):
        self.cgroup = os.path.join(pids_cgroup(), f"scoop-test-{os.getpid()}")
        os.mkdir(self.cgroup)
        self.addCleanup(wait_until, self.has_removed_cgroup, "the cgroup to be empty")

    def has_removed_cgroup(self):
        try:
            os.rmdir(self.cgroup)
        except OSError:
            return False
        return True

    def run_workers(self, limit):
        def enter():
            with open(f"{self.cgroup}/pids.max", "w", encoding="ascii") as file:
                file.write(str(limit))
            with open(f"{self.cgroup}/cgroup.procs", "w", encoding="ascii") as file:
                file.write("0")

        return scoop_run("-n", self.WORKERS, "--oversubscribe", PROBE, "exit", 3, preexec_fn=enter)

    def test_too_few_in_the_cgroup_are_said_before_any_worker_is_started(self):
        job = self.run_workers(20)
        self.assertEqual((job.returncode, job.stdout), (120, ""))
        self.assertRegex(job.stderr, f"start 8 workers: they and their node need [0-9]+ more processes and threads, "
                                     f"and there are [0-9]+ of 20 \\({self.cgroup}/pids.max\\) here")

    def test_few_in_the_cgroup_are_told_of(self):
        job = self.run_workers(30)
        self.assertEqual((job.returncode, job.stdout), (3, ""))
        self.assertRegex(job.stderr, f"near a limit: processes and threads are [0-9]+ of 30 "
                                     f"\\({self.cgroup}/pids.max\\)")

    def test_of_enough_nothing_is_said(self):
        job = self.run_workers(100)
        self.assertEqual((job.returncode, job.stderr), (3, ""))


if __name__ == "__main__":
    launch.main()
