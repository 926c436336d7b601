"""Large values, which travel in shared memory: nothing of them stays behind, and nothing is lost when it runs short."""

import os
import resource
import unittest

from launch import BIN, JobTest, scoop_run

LARGE_VALUES = os.path.join(BIN, "tests", "large_values")

# The descriptors that a process may keep in order to use the memory again.
KEPT = 32


def allow_descriptors(limit):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


class LargeValues(JobTest):
    def told(self, workers, mode, *options, **more):
        job = scoop_run("-n", workers, *options, LARGE_VALUES, mode, **more)
        self.assertEqual(job.returncode, 0, job.stderr)
        return job.stdout.split()

    def test_no_process_gathers_descriptors(self):
        for options in ((), ("--root-works", "no")):
            few, many = map(int, self.told(4, "descriptors", *options))
            self.assertLess(many, few + KEPT)

    def test_what_killed_workers_had_is_sent_again(self):
        self.assertEqual(self.told(8, "deaths", "--root-works", "no"), ["right"])

    def test_more_values_than_descriptors(self):
        self.assertEqual(self.told(2, "constants", preexec_fn=allow_descriptors(80)), ["right"])
        self.assertEqual(self.told(4, "constants"), ["right"])


if __name__ == "__main__":
    unittest.main()
