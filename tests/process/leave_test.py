"""Hosts that leave a running job while calls to their workers are under way. A "host" is this machine, reached by a
command that needs no network."""

import os
import re
import subprocess
import tempfile

import launch
from launch import PROBE, JobTest, wait_until

RANKS = (0, 1, 2)


class Leaving(JobTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start_calling(self):
        """A job whose program calls each worker; b.invalid has two of them."""
        job = self.start_job("--launcher", "env REACHED={host}", "-H", "a.invalid:1,b.invalid:2", PROBE, "call-each",
                             self.folder)
        wait_until(lambda: all(os.path.exists(self.mark(rank)) for rank in RANKS), "the calls")
        job.seen = launch.descendants(job.pid)
        return job

    def mark(self, name):
        return os.path.join(self.folder, str(name))

    def let_go(self):
        with open(self.mark("go"), "w", encoding="ascii"):
            pass

    def leave(self, job, *options):
        leaving = subprocess.Popen([launch.SCOOP_RUN, "--leave", str(job.pid), "-H", "b.invalid", *options],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(leaving.wait)
        self.addCleanup(leaving.kill)
        return leaving

    def is_leaving(self, job):
        return re.search(r"(?m)^b\.invalid +leaving ", launch.scoop_run("--status", job.pid).stdout)

    def test_a_call_that_is_under_way_is_answered_first(self):
        job = self.start_calling()
        leaving = self.leave(job)
        wait_until(lambda: self.is_leaving(job), lambda: launch.scoop_run("--status", job.pid).stdout)
        self.assertIsNone(leaving.poll())
        self.let_go()
        said, errors = leaving.communicate(timeout=launch.PATIENCE)
        self.assertEqual((leaving.returncode, said, errors), (0, "b.invalid has left the job, with ranks 1-2\n", ""))
        output, errors = job.communicate(timeout=launch.PATIENCE)
        self.assertEqual((job.returncode, output), (0, "0 1 2 \n"), errors)
        self.assertEqual(errors, "scoop-run: b.invalid has left the job, with ranks 1-2\n")
        self.assert_all_gone(job)

    def test_a_call_that_is_not_answered_in_time_is_lost_with_the_host(self):
        job = self.start_calling()
        leaving = self.leave(job, "--timeout", "0.2")
        said, errors = leaving.communicate(timeout=launch.PATIENCE)
        self.assertEqual((leaving.returncode, errors), (0, ""))
        self.assertIn("b.invalid has left the job, with ranks 1-2; it had no time left", said)
        self.let_go()
        output, errors = job.communicate(timeout=launch.PATIENCE)
        self.assertEqual(job.returncode, 0, errors)
        self.assertRegex(output, r"^lost: .*b\.invalid")
        self.assert_all_gone(job)


if __name__ == "__main__":
    launch.main()
