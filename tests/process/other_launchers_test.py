"""mpirun -n 4 ./program: copies that another launcher has started become one job."""

import os
import shutil
import signal
import subprocess
import tempfile

import launch
from launch import BIN, PATIENCE, PROBE, JobTest, descendants, kill, processes, wait_until

FULL_TREE = os.path.join(BIN, "examples", "full_tree")
WITH_MPI = os.path.join(BIN, "tests", "with_mpi")
NOWHERE = "/proc/nowhere"  # where no directory can be made


class Launched:
    """The tests for one launcher: `MPIRUN` is its command."""

    def setUp(self):
        if shutil.which(self.MPIRUN[0]) is None:
            self.skipTest(f"{self.MPIRUN[0]} is not installed")
        self.folder = tempfile.mkdtemp(prefix="other-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = {**os.environ, "TMPDIR": os.path.join(self.folder, "tmp"), "XDG_CACHE_HOME": self.folder,
                            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
        os.mkdir(self.environment["TMPDIR"])

    def mpirun(self, *command, **variables):
        return subprocess.run([*self.MPIRUN, *map(str, command)], env={**self.environment, **variables},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)

    def started(self, size):
        """A job that works until it is ended, with its copies in the order of their ranks."""
        job = subprocess.Popen([*self.MPIRUN, "-n", str(size), PROBE, "work"], env=self.environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               start_new_session=True)
        self.addCleanup(self.end_job, job)
        self.wait_for_line(job, "working")
        job.copies = sorted(pid for pid in job.seen if processes().get(pid, (0, "", [""]))[2][:1] == [PROBE])
        self.assertEqual(len(job.copies), size)
        return job

    def skip_where_mpi_is_not_understood(self):
        if launch.IS_SANITIZED:
            self.skipTest("no MPI is compiled for sanitizers")

    def left_over(self):
        """Names of ours, in the two directories that we might leave something in."""
        places = [self.environment["TMPDIR"], os.path.join(self.folder, "scoop")]
        return [name for place in places if os.path.isdir(place) for name in os.listdir(place)
                if name.startswith(("scoop-", "start-", "new-"))]

    def test_there_is_one_result_of_all_copies(self):
        for size in (1, 2, 4):
            with self.subTest(size=size):
                job = self.mpirun("-n", size, FULL_TREE)
                self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))
                self.assertEqual(self.left_over(), [])

    def test_ranks_and_hosts_are_those_of_the_launcher(self):
        job = self.mpirun("-n", 3, PROBE, "topology")
        self.assertIn("rank 0 of 3", job.stdout, job.stderr)
        self.assertEqual(job.stdout.count("rank 0 of"), 1)

    def test_the_status_is_the_roots(self):
        self.assertEqual(self.mpirun("-n", 3, PROBE, "exit", 0).returncode, 0)
        self.assertEqual(self.mpirun("-n", 3, PROBE, "exit", 3).returncode, 3)

    def test_every_copy_works(self):
        job = self.mpirun("-n", 3, PROBE, "balance", self.folder, 3)
        self.assertEqual(job.stdout.split(), ["0:4", "1:4", "2:4"], job.stderr)

    def test_the_input_is_the_roots(self):
        job = subprocess.run([*self.MPIRUN, "-n", "3", PROBE, "cat"], env=self.environment, input="one\ntwo\n",
                             capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(job.stdout, "read one\nread two\nend of input\n", job.stderr)

    def test_programs_that_want_no_part_in_it_are_jobs_of_one(self):
        job = self.mpirun("-n", 3, FULL_TREE, SCOOP_LAUNCHER="none")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n" * 3), job.stderr)

    def test_a_script_is_a_copy_and_may_run_jobs_of_one_before(self):
        script = os.path.join(self.folder, "script")
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\nSCOOP_LAUNCHER=none {FULL_TREE}\nexec {FULL_TREE}\n")
        os.chmod(script, 0o755)
        job = self.mpirun("-n", 2, script)
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n" * 3), job.stderr)

    def test_scoop_run_is_no_copy_and_its_workers_are_not(self):
        job = self.mpirun("-n", 2, launch.SCOOP_RUN, "-n", 2, FULL_TREE)
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n" * 2), job.stderr)

    def test_own_workers_are_not_the_launchers(self):
        job = self.mpirun("-n", 2, FULL_TREE, SCOOP_WORKERS="2")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n" * 2), job.stderr)

    def test_a_variable_that_says_nothing_known_is_refused(self):
        job = self.mpirun("-n", 2, FULL_TREE, SCOOP_LAUNCHER="mpi")
        self.assertEqual(job.returncode, 2, job.stderr)
        self.assertIn('scoop: read SCOOP_LAUNCHER: "mpi" is neither none nor auto', job.stderr)

    def test_the_end_of_a_copy_ends_everything(self):
        job = self.started(3)
        kill(job.copies[-1])
        self.assertNotEqual(job.wait(PATIENCE), 0)
        self.assert_all_gone(job)
        self.assertEqual(self.left_over(), [])

    def test_the_end_of_the_root_ends_everything(self):
        job = self.started(3)
        kill(job.copies[0])
        self.assertNotEqual(job.wait(PATIENCE), 0)
        self.assert_all_gone(job)

    def test_the_end_of_the_launcher_ends_everything(self):
        job = self.started(3)
        kill(job.pid)
        job.wait(PATIENCE)
        self.assert_all_gone(job)
        self.assertEqual(self.left_over(), [])

    def test_ctrl_c_ends_everything(self):
        job = self.started(2)
        job.send_signal(signal.SIGINT)
        job.wait(PATIENCE)  # with the status that the launcher chooses
        self.assert_all_gone(job)

    def without_one(self, *command, **variables):
        """The errors of a job of three copies one of which never calls scoop::run."""
        job = self.mpirun(*command, SCOOP_START_TIMEOUT="8", **variables)
        self.assertNotEqual(job.returncode, 0)
        self.assertNotIn("76153", job.stdout)
        self.assertEqual(self.left_over(), [])
        return job.stderr

    def test_copies_that_do_not_come_are_named(self):
        errors = self.without_one("-n", 2, FULL_TREE, ":", "-n", 1, "sleep", PATIENCE)
        self.assertIn("rank 2 has not called scoop::run within 8 s; every copy must call it early in main", errors)
        self.assertIn(f"does not share {self.folder}/scoop with rank 0", errors)
        self.assertEqual(errors.count("scoop: "), 1, errors)

    def test_where_rank_0_does_not_come_the_others_tell_how_long_they_have_waited(self):
        errors = self.without_one("-n", 1, "sleep", PATIENCE, ":", "-n", 2, FULL_TREE)
        self.assertRegex(errors, "rank [12] has waited 8 s, and not all copies have called scoop::run")

    def test_without_a_directory_nobody_is_named(self):
        errors = self.without_one("-n", 2, FULL_TREE, ":", "-n", 1, "sleep", PATIENCE, XDG_CACHE_HOME=NOWHERE)
        self.assertRegex(errors, "rank [01] has waited 8 s, and not all copies have called scoop::run; .*CACHE_HOME")

    def test_a_copy_that_comes_late_is_waited_for(self):
        late = f"sleep 4; exec {FULL_TREE}"  # longer than a file is not thought of
        job = self.mpirun("-n", 2, FULL_TREE, ":", "-n", 1, "sh", "-c", late)
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))
        self.assertEqual(self.left_over(), [])

    def test_a_program_with_mpi_in_it(self):
        self.skip_where_mpi_is_not_understood()
        for when in ("before", "within", "never"):
            with self.subTest(when=when):
                job = self.mpirun("-n", 3, WITH_MPI, self.LIBRARY, when)
                self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "3 workers\n", ""))
                self.assertEqual(self.left_over(), [])


class OpenMpi(Launched, JobTest):
    MPIRUN = ["mpirun.openmpi", "--oversubscribe"]
    LIBRARY = "libmpi.so.40"

    def test_copies_that_meet_over_pmix_need_no_directory(self):
        job = self.mpirun("-n", 3, FULL_TREE, XDG_CACHE_HOME=NOWHERE)
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_pmix_knows_the_size_where_no_variable_tells_it(self):
        others = [word for name in ("RANK", "SIZE") for word in ("-u", f"OMPI_COMM_WORLD_{name}")]
        job = self.mpirun("-n", 3, "env", *others, PROBE, "topology", XDG_CACHE_HOME=NOWHERE)
        self.assertIn("rank 0 of 3", job.stdout, job.stderr)

    def test_a_program_with_mpi_that_could_not_find_a_directory(self):
        self.skip_where_mpi_is_not_understood()
        job = self.mpirun("-n", 2, WITH_MPI, self.LIBRARY, "before", XDG_CACHE_HOME=NOWHERE)
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "2 workers\n", ""))
        job = self.mpirun("-n", 2, WITH_MPI, self.LIBRARY, "within", XDG_CACHE_HOME=NOWHERE)
        self.assertEqual(job.returncode, 120, job.stderr)
        self.assertIn("a program with MPI in it calls MPI_Init before scoop::run", job.stderr)

    def without_libpmix(self):
        """A command that runs another where the library cannot be loaded."""
        libraries = os.path.join(self.folder, "libraries")
        os.makedirs(libraries, exist_ok=True)
        with open(os.path.join(libraries, "libpmix.so.2"), "w", encoding="utf-8"):
            pass  # is no library
        return ["env", f"LD_LIBRARY_PATH={libraries}"]

    def test_in_a_container_that_hides_the_directory_of_the_launcher(self):
        hide = f'mount -t tmpfs none "$TMPDIR" && exec {FULL_TREE}'
        unshare = ["unshare", "--map-root-user", "--mount"]
        if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("namespaces of one's own are not allowed here")
        job = self.mpirun("-n", 2, *unshare, "sh", "-c", hide, XDG_CACHE_HOME=NOWHERE)
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_without_libpmix_the_copies_meet_by_a_file(self):
        command = ["-n", 2, *self.without_libpmix(), FULL_TREE]
        job = self.mpirun(*command)
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))
        self.assertEqual(self.left_over(), [])
        errors = self.without_one(*command, ":", "-n", 1, "sleep", PATIENCE)
        self.assertIn("rank 2 has not called scoop::run within 8 s", errors)
        job = self.mpirun(*command, XDG_CACHE_HOME=NOWHERE)
        self.assertEqual(job.returncode, 120, job.stderr)
        self.assertIn("XDG_CACHE_HOME names another one; without one: ask the launcher over PMIx: ", job.stderr)
        self.assertIn("install libpmix on all hosts", job.stderr)


class Mpich(Launched, JobTest):
    MPIRUN = ["mpirun.mpich"]
    LIBRARY = "libmpich.so.12"


if __name__ == "__main__":
    launch.main()
