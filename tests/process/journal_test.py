"""Jobs with a journal that die and are started again: what was recorded is not computed a second time."""

import os
import resource
import shutil
import struct
import subprocess
import tempfile
import unittest

from launch import BIN, PATIENCE, SCOOP_RUN, JobTest, descendants, kill, role_of, wait_until

PROGRAM = os.path.join(BIN, "tests", "journal")
SQUARES = "20540"  # of 0 to 39

# How the program may be started: alone, with workers of its own, by scoop-run.
ALONE = ([PROGRAM], {})
WITH_WORKERS = ([PROGRAM], {"SCOOP_WORKERS": "3"})
LAUNCHED = ([SCOOP_RUN, "-n", "3", "--journal", "{journal}", PROGRAM], {"SCOOP_JOURNAL": ""})
ROOT_IDLE = ([SCOOP_RUN, "-n", "3", "--root-works", "no", "--journal", "{journal}", PROGRAM], {"SCOOP_JOURNAL": ""})


def read_records(path):
    """The sizes of the whole records of a journal that was written to its end."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 16:
        return []
    position = 16 + struct.unpack_from("<I", data, 12)[0] + 8
    sizes = []
    while position + 28 <= len(data):
        size = struct.unpack_from("<I", data, position)[0]
        position += 28 + size
        if position > len(data):
            break
        sizes.append(size)
    return sizes


class Journal(JobTest):
    def setUp(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        self.traces = os.path.join(folder, "traces")
        os.mkdir(self.traces)
        self.journal = os.path.join(folder, "some", "journal")
        self.results = os.path.join(self.journal, "results")

    def command(self, way, mode):
        words, variables = way
        environment = {**os.environ, "SCOOP_TRACES": self.traces, "SCOOP_JOURNAL": self.journal, **variables}
        return [word.replace("{journal}", self.journal) for word in words] + mode.split(), environment

    def run_job(self, mode, way=ALONE, **options):
        command, environment = self.command(way, mode)
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=PATIENCE, **options)

    def run_well(self, mode, way=ALONE):
        job = self.run_job(mode, way)
        self.assertEqual(job.returncode, 0, job.stderr)
        return job

    def give_input(self, value):
        with open(os.path.join(self.traces, "input"), "w", encoding="ascii") as file:
            file.write(str(value))

    def executions(self):
        """How often each call was executed."""
        names = [name for name in os.listdir(self.traces) if name not in ("input", "go")]
        return {name: os.path.getsize(os.path.join(self.traces, name)) for name in names}

    def executed_since(self, before):
        now = self.executions()
        return {name: count - before.get(name, 0) for name, count in now.items() if count > before.get(name, 0)}

    def start_until(self, mode, way, recorded):
        """Starts a job whose calls stop in the middle, and waits until so many results are recorded."""
        command, environment = self.command(way, mode)
        job = subprocess.Popen(command, env={**environment, "SCOOP_BEFORE": "20"}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.addCleanup(self.end_job, job)
        wait_until(lambda: os.path.exists(self.results) and len(read_records(self.results)) >= recorded,
                   lambda: f"{recorded} results in the journal; executed: {self.executions()}")
        job.seen = descendants(job.pid)
        return job

    def let_go_on(self):
        with open(os.path.join(self.traces, "go"), "w", encoding="ascii"):
            pass

    def root_of(self, job, way):
        if way[0][0] == PROGRAM:
            return job.pid
        with open(f"/proc/{job.pid}/stat", encoding="ascii"):
            workers = [pid for pid in descendants(job.pid) if role_of(pid) == "worker"]
        return min(workers)

    def check_death(self, mode, way, victim, recorded):
        job = self.start_until(mode, way, recorded)
        kill(victim(job))
        job.wait(PATIENCE)
        self.assert_all_gone(job)
        known = len(read_records(self.results))
        before = self.executions()
        self.let_go_on()
        again = self.run_well(mode, way)
        self.assertEqual(again.stdout.strip(), SQUARES)
        self.assertIn(f"{known} results taken from it, {40 - known} recorded", again.stderr)
        since = self.executed_since(before)
        since.pop("1000", None)
        self.assertEqual(sorted(since.values()), [1] * (40 - known))
        self.assertEqual(set(self.executions()) - {"1000"}, {str(i) for i in range(40)})

    def test_a_job_of_one_goes_on(self):
        self.check_death("map", ALONE, lambda job: job.pid, 19)

    def test_a_root_with_workers_of_its_own_goes_on(self):
        self.check_death("map", WITH_WORKERS, lambda job: job.pid, 5)

    def test_a_launched_root_goes_on(self):
        self.check_death("map", LAUNCHED, lambda job: self.root_of(job, LAUNCHED), 5)

    def test_the_death_of_the_launcher_loses_nothing(self):
        self.check_death("map", LAUNCHED, lambda job: job.pid, 5)

    def test_a_root_that_does_not_work_records_what_the_others_do(self):
        self.check_death("as_completed", ROOT_IDLE, lambda job: job.pid, 5)

    def test_maps_with_options_go_on(self):
        self.check_death("with_options", LAUNCHED, lambda job: job.pid, 5)

    def test_tasks_with_names_go_on(self):
        self.check_death("tasks", LAUNCHED, lambda job: job.pid, 5)

    def test_all_kinds_of_calls_are_recorded_unless_they_throw_or_depend_on_more(self):
        for way in (ALONE, LAUNCHED):
            with self.subTest(way=way[0][0]):
                shutil.rmtree(self.journal, ignore_errors=True)
                self.give_input(5)
                first = self.run_well("kinds", way)
                before = self.executions()
                second = self.run_well("kinds", way)
                self.assertEqual(second.stdout, first.stdout)
                # A call that throws is tried again; a shared bound does not come from records.
                self.assertEqual(self.executed_since(before), {"14": 1, "60": 1, "61": 1, "62": 1})

    def test_what_depends_on_another_constant_or_shared_value_is_computed_again(self):
        self.give_input(5)
        self.run_well("kinds")
        before = self.executions()
        self.give_input(6)
        job = self.run_well("kinds")
        again = {"14", "60", "61", "62", "30", "31", "32", "40", "41", "42"}
        # Constants count for every call after them.
        self.assertEqual(set(self.executed_since(before)), again | {"50", "51", "52"})
        self.assertIn(f" {30 + 31 + 32 + 3 * 6} {40 + 41 + 42 + 3 * 6} ", job.stdout)

    def test_only_changed_input_is_computed_again(self):
        self.give_input(1)
        self.assertEqual(self.run_well("changed_input").stdout.strip(), str(285 - 9 + 101 ** 2 + 201 ** 2))
        before = self.executions()
        self.give_input(2)
        self.assertEqual(self.run_well("changed_input").stdout.strip(), str(285 - 9 + 102 ** 2 + 202 ** 2))
        self.assertEqual(self.executed_since(before), {"102": 1, "202": 1})

    def test_equal_calls_have_a_result_each(self):
        self.assertEqual(self.run_well("draws").stdout.split(), [str(i) for i in range(1, 9)])
        self.assertEqual(self.run_well("draws").stdout.split(), [str(i) for i in range(1, 9)])
        self.assertEqual(self.executions(), {"draw": 8})

    def test_a_changed_program_is_refused(self):
        self.run_well("draws")
        changed = os.path.join(os.path.dirname(self.traces), "journal")
        shutil.copy(PROGRAM, changed)
        with open(changed, "ab") as file:
            file.write(b"x")
        before = os.path.getsize(self.results)
        for way in (([changed], {}), ([SCOOP_RUN, "-n", "2", changed], {})):
            job = self.run_job("draws", way)
            self.assertEqual((job.returncode, job.stdout), (2, ""))
            self.assertIn(f"scoop: use the journal in {self.journal}: read {self.results}: it was written by another build "
                          "of this program, whose results may be others; remove it to begin a new one", job.stderr)
        self.assertEqual(os.path.getsize(self.results), before)

    def test_another_command_line_is_refused(self):
        self.run_well("draws")
        job = self.run_job("draws --points 7")
        self.assertEqual((job.returncode, job.stdout), (2, ""))
        self.assertIn("it was written by a run with `draws`, and this one has `draws --points 7`; remove it", job.stderr)

    def test_a_journal_in_use_is_refused(self):
        job = self.start_until("map", ALONE, 1)
        other = self.run_job("map")
        self.assertEqual(other.returncode, 2)
        self.assertIn(f"another job is using it (process {job.pid}); wait for its end", other.stderr)

    def test_a_journal_cut_off_anywhere_continues(self):
        whole_job = self.run_well("draws")
        with open(self.results, "rb") as file:
            whole = file.read()
        header = 16 + struct.unpack_from("<I", whole, 12)[0] + 8
        for size in {0, 7, header - 1, header, header + 5, len(whole) - 1, len(whole) - 33}:
            with self.subTest(size=size):
                with open(self.results, "wb") as file:
                    file.write(whole[:size])
                known = len(read_records(self.results))
                job = self.run_well("draws")
                self.assertIn(f"{known} result{'s'[known == 1:]} taken from it, {8 - known} recorded", job.stderr)
                self.assertEqual("it ends in the middle of a result or is damaged at byte" in job.stderr, size > header)
                self.assertIn("8 results taken from it, 0 recorded", self.run_well("draws").stderr)
        self.assertIn("0 results taken from it, 8 recorded", whole_job.stderr)

    def test_a_file_that_is_no_journal_is_left_alone(self):
        os.makedirs(self.journal)
        with open(self.results, "w", encoding="ascii") as file:
            file.write("my results\n")
        job = self.run_job("draws")
        self.assertEqual(job.returncode, 2)
        self.assertIn(f"read {self.results}: it is no journal of scoop's; remove it to begin a new one", job.stderr)
        with open(self.results, encoding="ascii") as file:
            self.assertEqual(file.read(), "my results\n")

    def test_a_directory_that_cannot_be_made_is_told(self):
        with open(os.path.dirname(self.journal), "w", encoding="ascii"):
            pass
        job = self.run_job("draws")
        self.assertEqual(job.returncode, 2)
        self.assertIn(f"scoop: make the directory {self.journal} for the journal: not a directory", job.stderr)

    def test_a_full_disk_ends_the_journal_and_not_the_job(self):
        def limit_files():
            resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))

        # Python ignores SIGXFSZ, and so does what it starts then.
        job = self.run_job("large", preexec_fn=limit_files, restore_signals=False)
        self.assertEqual((job.returncode, job.stdout.strip()), (0, "2000000"), job.stderr)
        self.assertEqual(job.stderr.count(f"scoop: journal {self.results}: cannot be written: File too large; the job goes on, "
                                          "and what it computes from now on is not recorded"), 1, job.stderr)
        known = len(read_records(self.results))
        before = self.executions()
        job = self.run_well("large")
        self.assertEqual(job.stdout.strip(), "2000000")
        self.assertNotIn("damaged", job.stderr)
        self.assertEqual(sum(self.executed_since(before).values()), 20 - known)


if __name__ == "__main__":
    unittest.main()
