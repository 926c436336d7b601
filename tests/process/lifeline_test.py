"""Nothing stays behind, whoever is killed."""

import os
import signal
import tempfile

import launch
from launch import PROBE, JobTest, alive, role_of, wait_until


class Lifeline(JobTest):
    def started(self, mode="work-with-children", **options):
        job = self.start_job("-n", 3, PROBE, mode, **options)
        self.wait_for_line(job, "working")
        # Every process of the job: guardian, node, three workers, and in this mode the children they leave behind.
        expected = 5 + (6 if mode == "work-with-children" else 0)

        def all_seen():
            job.seen = launch.descendants(job.pid)
            return len(job.seen) >= expected

        wait_until(all_seen, "the job's processes")
        return job

    def pids_of(self, job, role):
        return [pid for pid in job.seen if role_of(pid) == role]

    def test_kill_9_of_the_launcher_ends_everything(self):
        job = self.started()
        os.kill(job.pid, signal.SIGKILL)
        self.assert_all_gone(job)

    def test_what_is_left_behind_when_everything_is_killed_at_once_is_removed_by_the_next_job(self):
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "TMPDIR": folder}
            living = self.started(env=environment)
            in_use = set(os.listdir(folder))
            killed = self.started(env=environment)
            everything = [killed.pid, *killed.seen]
            for number in (signal.SIGSTOP, signal.SIGKILL):  # so that none of them can clean up after another
                for pid in everything:
                    os.kill(pid, number)
            self.assert_all_gone(killed)
            self.assertGreater(set(os.listdir(folder)), in_use)
            not_ours = {"scoop-abcdef", "scoop-stage.abcdef", "other"}
            for name in not_ours:
                os.makedirs(os.path.join(folder, name, "with", "something"), mode=0o700)
            self.assertEqual(launch.scoop_run("-n", 2, PROBE, "exit", 3, env=environment).returncode, 3)
            self.assertEqual(set(os.listdir(folder)), in_use | not_ours)
            self.assertEqual(alive(living.seen), living.seen)

    def test_kill_9_of_the_guardian_ends_everything(self):
        job = self.started()
        os.kill(self.pids_of(job, "guardian")[0], signal.SIGKILL)
        self.assert_all_gone(job)
        # The node process ends the workers then; none of their ends may be taken for the program's own.
        self.assertEqual(job.wait(launch.PATIENCE), 121)
        self.assertIn("its guardian process was killed", job.stderr.read())

    def test_kill_9_of_the_node_process_ends_everything(self):
        job = self.started()
        os.kill(self.pids_of(job, "node")[0], signal.SIGKILL)
        self.assert_all_gone(job)
        self.assertEqual(job.wait(launch.PATIENCE), 121)
        self.assertIn("the node process was killed by signal 9", job.stderr.read())

    def test_kill_9_of_the_root_ends_everything_with_137(self):
        job = self.started()
        os.kill(self.root_of(job), signal.SIGKILL)
        self.assert_all_gone(job)
        self.assertEqual(job.wait(launch.PATIENCE), 137)

    def root_of(self, job):
        # Workers are started in the order of their ranks.
        return min(self.pids_of(job, "worker"))

    def test_ctrl_c_ends_everything(self):
        job = self.started("work")
        os.killpg(job.pid, signal.SIGINT)
        self.assertEqual(job.wait(launch.PATIENCE), 130)
        self.assert_all_gone(job)

    def test_sigterm_ends_everything(self):
        job = self.started("work")
        os.kill(job.pid, signal.SIGTERM)
        self.assertEqual(job.wait(launch.PATIENCE), 143)
        self.assert_all_gone(job)

    def test_an_ordinary_end_takes_the_children_of_tasks_along(self):
        job = self.start_job("-n", 2, PROBE, "sleep", 1)
        self.wait_for_line(job, "sleeping")
        self.assertEqual(job.wait(launch.PATIENCE), 0)
        self.assert_all_gone(job)

    def test_a_worker_that_is_killed_does_not_stop_the_job(self):
        job = self.started("work")
        os.kill(max(self.pids_of(job, "worker")), signal.SIGKILL)
        wait_until(lambda: len(alive(job.seen)) == len(job.seen) - 1, "the worker's death")
        os.kill(job.pid, signal.SIGTERM)
        self.assertEqual(job.wait(launch.PATIENCE), 143)

    def test_no_file_is_left_in_the_temporary_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            job = self.started("work", env={**os.environ, "TMPDIR": folder})
            self.assertNotEqual(os.listdir(folder), [])
            os.kill(job.pid, signal.SIGKILL)
            self.assert_all_gone(job)
            wait_until(lambda: not os.listdir(folder), lambda: f"left: {os.listdir(folder)}")


if __name__ == "__main__":
    launch.main()
