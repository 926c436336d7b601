"""What --output and --stdin do with what the workers write and read."""

import os
import subprocess
import tempfile

import launch
from launch import PROBE, JobTest, scoop_run, wait_until

LABEL = r"\[0 [^ \]]+\] "
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} "


class Output(JobTest):
    def test_each_line_is_labelled_with_rank_and_host(self):
        job = scoop_run("-n", 2, "-H", "localhost:2", "--output", "label", PROBE, "lines", 2, 2)
        self.assertEqual(job.returncode, 0, job.stderr)
        for line in job.stdout.splitlines():
            self.assertRegex(line, r"^\[[01] localhost\] line \d of a task, ended by a newline$")
        self.assertEqual(job.stderr, "[0 localhost] printed 4\n")

    def test_lines_that_are_longer_than_what_may_be_under_way_come_out_whole(self):
        size = 700_000
        for style in ([], ["--output", "label"]):
            job = scoop_run("-n", 4, *style, PROBE, "long-lines", 4, size)
            self.assertEqual(job.returncode, 0, job.stderr)
            lines = [line.rpartition(" ")[2] for line in job.stdout.splitlines()]
            self.assertTrue(all(line == line[:1] * size for line in lines), [len(line) for line in lines])
            self.assertEqual(sorted(line[0] for line in lines), ["b"] * 4 + ["c"] * 4 + ["d"] * 4)

    def test_the_time_stands_before_the_label(self):
        job = scoop_run("-n", 1, "--output", "timestamp,label", PROBE, "where")
        self.assertRegex(job.stdout, f"^{TIME}{LABEL}0\n$")

    def test_a_line_without_end_comes_out_while_the_program_waits_and_goes_on_without_a_label(self):
        job = self.start_job("-n", 1, "--output", "label", PROBE, "prompt", stdin=subprocess.PIPE)
        # Only the pause can have brought this out: the program waits for the answer.
        text = self.read_until(job, "name? ")
        self.assertRegex(text, f"^{LABEL}name\\? $")
        job.stdin.write("ada\n")
        job.stdin.close()
        self.assertRegex(text + job.stdout.read(), f"^{LABEL}name\\? ada\n{LABEL}no newline at the end$")
        self.assertEqual(job.wait(launch.PATIENCE), 0)

    def read_until(self, job, end):
        text = ""
        while not text.endswith(end):
            more = os.read(job.stdout.fileno(), 1000).decode()
            self.assertNotEqual(more, "", f"the output ended with: {text}")
            text += more
        return text

    def test_raw_bytes_pass_before_their_line_has_ended(self):
        job = self.start_job("-n", 1, "--output", "raw", PROBE, "prompt", stdin=subprocess.PIPE)
        self.assertEqual(self.read_until(job, "? "), "name? ")
        job.stdin.close()
        self.assertEqual(job.stdout.read(), "\nno newline at the end")

    def test_a_file_for_each_rank_and_stream(self):
        with tempfile.TemporaryDirectory() as folder:
            directory = os.path.join(folder, "made", "for it")
            for _ in range(2):  # the second job replaces the files of the first
                job = scoop_run("-n", 2, f"--output=dir={directory}", PROBE, "lines", 2, 2)
                self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "", ""))
                content = {}
                for name in os.listdir(directory):
                    with open(os.path.join(directory, name), encoding="ascii") as file:
                        content[name] = file.read()
                self.assertEqual(content.pop("rank.0.err"), "printed 4\n")
                self.assertLessEqual(set(content), {"rank.0.out", "rank.1.out"})
                lines = sorted("".join(content.values()).splitlines())
                self.assertEqual(lines, [f"line {i} of a task, ended by a newline" for i in range(4)])

    def test_output_that_cannot_be_written_is_told_and_is_no_success(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "rank.0.out"))  # where a file should be
            job = scoop_run("-n", 1, f"--output=dir={folder}", PROBE, "where")
            self.assertEqual(job.returncode, 125)
            self.assertRegex(job.stderr, r"the output cannot be written: write .*/rank\.0\.out: is a directory")
        with open("/dev/full", "w", encoding="ascii") as full:
            job = subprocess.run([launch.SCOOP_RUN, "-n", "1", PROBE, "where"], stdin=subprocess.DEVNULL, stdout=full,
                                 stderr=subprocess.PIPE, text=True, timeout=launch.PATIENCE, check=False)
        self.assertEqual(job.returncode, 125)
        self.assertRegex(job.stderr, "the output cannot be written: (?i:no space left on device)")

    def test_a_directory_that_cannot_be_made_is_an_error_of_usage(self):
        job = scoop_run("-n", 1, "--output", "dir=/dev/null/x", PROBE, "where")
        self.assertEqual(job.returncode, 2)
        self.assertRegex(job.stderr, "make the output directory /dev/null/x: (?i:not a directory)")

    def test_without_input_the_root_reads_the_end_at_once(self):
        job = self.start_job("-n", 1, "--stdin", "none", PROBE, "cat", stdin=subprocess.PIPE)
        self.addCleanup(job.stdin.close)
        wait_until(lambda: job.poll() is not None, "the end of the job, whose input is still open")
        self.assertEqual(job.stdout.read(), "end of input\n")


if __name__ == "__main__":
    launch.main()
