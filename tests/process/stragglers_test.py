"""TaskOptions::speculative: a task that is late elsewhere is run once more, and its first result counts."""

import os
import tempfile
import unittest

from launch import BIN, JobTest, scoop_run

STRAGGLERS = os.path.join(BIN, "tests", "stragglers")


class Stragglers(JobTest):
    def told(self, mode, workers, *options):
        with tempfile.TemporaryDirectory() as folder:
            job = scoop_run("-n", workers, "-x", f"SCOOP_FOLDER={folder}", *options, STRAGGLERS, mode)
        self.assertEqual(job.returncode, 0, job.stderr)
        return job.stdout

    def test_a_map_ends_though_a_worker_is_stopped(self):
        self.assertEqual(self.told("stopped", 3, "--root-works", "no"), "sum 190\n")

    def test_the_owner_runs_a_copy_itself_if_nobody_else_is_there(self):
        self.assertEqual(self.told("root", 2), "sum 190\n")

    def test_the_copy_that_is_late_is_told_to_stop_and_its_result_is_not_heard(self):
        self.assertEqual(self.told("slow", 3, "--root-works", "no"), "sum 190, one was stopped\n")

    def test_tasks_that_were_submitted_by_themselves_are_compared_with_others_of_their_function(self):
        self.assertEqual(self.told("submit", 3, "--root-works", "no"), "sum 190, one was stopped\n")

    def test_an_exception_is_a_result(self):
        self.assertEqual(self.told("throws", 3, "--root-works", "no"), "second, one was stopped\n")

    def test_the_death_of_a_copy_is_no_loss_while_the_other_runs_and_another_one_comes(self):
        self.assertEqual(self.told("dies", 4, "--root-works", "no"), "sum 190, one was stopped\n")

    def test_three_deaths_of_copies_are_too_many(self):
        self.assertEqual(self.told("poison", 5, "--root-works", "no"), "lost by signal 9, one was stopped\n")

    def test_a_copy_that_can_never_end_is_no_circle_while_the_other_one_runs(self):
        for mode in ("circle-in-first", "circle-in-second"):
            with self.subTest(mode):
                self.assertEqual(self.told(mode, 4, "--root-works", "no"), "5\n")

    def test_a_circle_through_both_copies_is_told(self):
        self.assertRegex(self.told("circle-in-both", 4, "--root-works", "no"),
                         "^scoop: this wait can never end, since tasks wait for each other: .*wait_in_circle.* waits for ")


if __name__ == "__main__":
    unittest.main()
