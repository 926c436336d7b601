"""Where the workers are, and what they find there: placement, environment, working directory, set-up, priority."""

import contextlib
import os
import subprocess
import sys
import tempfile
import unittest

import launch
from launch import PROBE, scoop_run


def surroundings(*arguments, names=(), **options):
    """What `probe surroundings` says of each worker, rank by rank."""
    job = scoop_run(*arguments, PROBE, "surroundings", *names, **options)
    if job.returncode != 0:
        raise AssertionError(job.stderr)
    return job.stdout.splitlines()


def environment(**variables):
    return {name: value for name, value in {**os.environ, **variables}.items() if value is not None}


class Priority(launch.JobTest):
    @unittest.skipUnless(os.path.exists("/proc/self/autogroup"), "this kernel has no automatic groups")
    def test_nicer_workers_are_so_between_sessions_too(self):
        nice = min(os.getpriority(os.PRIO_PROCESS, 0) + 5, 19)
        job = self.start_job("-n", 3, "--nice", 5, PROBE, "sleep", 600)
        self.wait_for_line(job, "sleeping")
        workers = [pid for pid in job.seen if launch.role_of(pid) == "worker"]
        self.assertEqual([os.getpriority(os.PRIO_PROCESS, pid) for pid in workers], [nice] * 3)

        def groups():
            texts = []
            for pid in workers:
                with open(f"/proc/{pid}/autogroup", encoding="ascii") as file:
                    texts.append(file.read().split(" ", 1)[1].strip())
            return texts
        launch.wait_until(lambda: set(groups()) == {f"nice {nice}"}, groups)


def cpus_of(pid):
    """Where the process may run; nowhere if it has ended."""
    with contextlib.suppress(ProcessLookupError):
        return os.sched_getaffinity(pid)
    return set()


class Binding(launch.JobTest):
    """What --bind-to does on this machine, whatever it is; what it would do on others is tested with hwloc's drawings."""

    def cpus_of_workers(self, *arguments, **options):
        job = self.start_job(*arguments, PROBE, "sleep", 600, **options)
        self.wait_for_line(job, "sleeping")
        workers = [pid for pid in job.seen if launch.role_of(pid) == "worker"]
        return [os.sched_getaffinity(pid) for pid in workers]

    def test_workers_share_the_cpus_between_them(self):
        mine = os.sched_getaffinity(0)
        workers = min(2, len(mine))
        bound = self.cpus_of_workers("-n", workers, "--bind-to", "core")
        self.assertEqual(len(bound), workers)
        self.assertEqual(set().union(*bound), mine)

    def test_nobody_is_bound_unless_asked(self):
        self.assertEqual(self.cpus_of_workers("-n", 1), [os.sched_getaffinity(0)])
        self.assertEqual(self.cpus_of_workers("-n", 1, "--bind-to", "none"), [os.sched_getaffinity(0)])

    def test_the_mask_of_scoop_run_holds(self):
        cpu = max(os.sched_getaffinity(0))
        for unit in ("core", "socket", "numa"):
            bound = self.cpus_of_workers("-n", 1, "--bind-to", unit,
                                         preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
            self.assertEqual(bound, [{cpu}])

    def test_a_replacement_is_bound_as_its_predecessor_was(self):
        mine = sorted(os.sched_getaffinity(0))
        if len(mine) < 2:
            self.skipTest("one CPU")
        job = self.start_job("-n", 2, "--bind-to", "core", "--respawn", PROBE, "sleep", 600)
        self.wait_for_line(job, "sleeping")

        def second_workers():
            return [pid for pid in launch.descendants(job.pid) if launch.role_of(pid) == "worker"
                    and mine[0] not in cpus_of(pid)]
        first, = second_workers()
        mask = os.sched_getaffinity(first)
        os.kill(first, 9)
        launch.wait_until(lambda: [cpus_of(pid) for pid in second_workers() if pid != first] == [mask],
                          lambda: "no replacement with the CPUs of the worker that was killed")

    def test_workers_that_work_stay_on_their_cpus_beside_others_that_want_them(self):
        mine = os.sched_getaffinity(0)
        if len(mine) < 2:
            self.skipTest("one CPU")
        hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in mine]
        self.addCleanup(lambda: [(hog.kill(), hog.wait()) for hog in hogs])
        job = self.start_job("-n", 2, "--bind-to", "core", PROBE, "work")
        self.wait_for_line(job, "working")
        workers = [pid for pid in job.seen if launch.role_of(pid) == "worker"]
        masks = {pid: os.sched_getaffinity(pid) for pid in workers}
        self.assertEqual(set.union(*masks.values()), mine)
        self.assertFalse(set.intersection(*masks.values()))

        def used(pid):
            with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
                return sum(map(int, file.read().rpartition(")")[2].split()[11:13]))

        def where(pid):
            """The CPU that each thread of a process ran on last."""
            cpus = set()
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/stat", encoding="latin-1") as file:
                    cpus.add(int(file.read().rpartition(")")[2].split()[36]))
            return cpus
        before = {pid: used(pid) for pid in workers}

        def have_worked():
            for pid in workers:
                self.assertLessEqual(where(pid), masks[pid])
            return all(used(pid) > before[pid] + 20 for pid in workers)
        launch.wait_until(have_worked, "the processor time of each worker")

    def test_bindings_are_told(self):
        cpu = min(os.sched_getaffinity(0))
        said = scoop_run("-v", "-n", 1, "--bind-to", "core", PROBE, "exit", 0,
                         preexec_fn=lambda: os.sched_setaffinity(0, {cpu})).stderr
        self.assertIn(f": rank 0 is bound to CPU {cpu}\n", said)

    def test_more_workers_than_cpus_are_not_bound(self):
        cpus = sorted(os.sched_getaffinity(0))
        job = scoop_run("-n", 2, "--oversubscribe", "--bind-to", "core", PROBE, "exit", 0,
                        preexec_fn=lambda: os.sched_setaffinity(0, {cpus[0]}))
        self.assertEqual(job.returncode, 0)
        self.assertRegex(job.stderr, "^scoop-run: .*: --bind-to has no effect: 2 workers are more than its 1 usable CPU\n$")


class Surroundings(unittest.TestCase):
    def test_variables_reach_every_worker_byte_for_byte(self):
        hard = " a\tb'\"$HOME`id`\\*;\n=ü "
        lines = scoop_run("-n", 2, "-x", f"ODD={hard}", "-x", "NONE=",
                          PROBE, "surroundings", "ODD", "NONE", "LACKING").stdout
        here = f"{os.getcwd()} nice {os.getpriority(os.PRIO_PROCESS, 0)}"
        self.assertEqual(lines, "".join(f"{rank}: {here} ODD=[{hard}] NONE=[] LACKING\n" for rank in range(2)))

    def test_variables_of_a_file_reach_every_worker_and_x_wins(self):
        with tempfile.NamedTemporaryFile("wb") as file:
            file.write("# ours\nA= it's $1 \"ü\" \nB=2\nFROM_*\nC=3".encode())
            file.flush()
            job = scoop_run("-n", 2, "-x", "B=x", "--env-file", file.name, PROBE, "surroundings", "A", "B", "C", "FROM_HERE",
                            env={**os.environ, "FROM_HERE": "yes"})
            self.assertEqual((job.returncode, job.stderr), (0, ""))
            for line in job.stdout.splitlines():
                self.assertTrue(line.endswith(" A=[ it's $1 \"ü\" ] B=[x] C=[3] FROM_HERE=[yes]"), line)
            file.write(b"\nexport D=4\n")
            file.flush()
            job = scoop_run("-n", 2, "--env-file", file.name, PROBE, "exit", 0)
            self.assertEqual(job.returncode, 2)
            self.assertIn(f"scoop-run: read the variables in {file.name}:6: export D=4: expected NAME=VALUE", job.stderr)
        job = scoop_run("-n", 2, "--env-file", "no-such-file", PROBE, "exit", 0)
        self.assertEqual((job.returncode, job.stderr),
                         (2, "scoop-run: read the variables in no-such-file: no such file or directory\n"))

    def test_a_variable_that_is_not_set_is_told_and_the_job_runs(self):
        job = scoop_run("-n", 1, "-x", "SCOOP_TEST_LACKING", PROBE, "exit", 0)
        self.assertEqual(job.returncode, 0)
        self.assertEqual(job.stderr,
                         "scoop-run: -x SCOOP_TEST_LACKING: no such variable is set here, so none is passed on\n")

    def test_the_program_runs_in_the_directory_asked_for(self):
        with tempfile.TemporaryDirectory() as folder:
            odd = os.path.join(os.path.realpath(folder), "a 'b' $c;ü")
            os.mkdir(odd)
            for line in surroundings("-n", 2, "--wdir", odd, names=("PWD",)):
                self.assertIn(f": {odd} nice ", line)
                self.assertIn(f"PWD=[{odd}]", line)
            relative = os.path.relpath(odd)
            self.assertIn(f": {odd} nice ", surroundings("-n", 1, "-C", relative)[0])

    def test_a_directory_that_does_not_exist_is_named(self):
        job = scoop_run("-n", 1, "-C", "/nonexistent/dir", PROBE, "exit", 0)
        self.assertEqual(job.returncode, 120)
        self.assertIn("enter the working directory /nonexistent/dir: no such file or directory", job.stderr)

    def test_workers_are_nicer_by_so_much_and_the_job_goes_on(self):
        mine = os.getpriority(os.PRIO_PROCESS, 0)
        for line in surroundings("-n", 2, "--nice", 5):
            self.assertIn(f" nice {min(mine + 5, 19)}", line)
        self.assertIn(" nice 19", surroundings("-n", 1, "--nice", 19)[0])

    def test_the_setup_runs_before_the_program_and_its_variables_stay(self):
        text = "export SET=\"it's $((6 * 7))\"; echo this is no frame; cat"
        job = scoop_run("-n", 2, "--setup", text, PROBE, "surroundings", "SET", input="not for the set-up\n")
        self.assertEqual(job.returncode, 0, job.stderr)
        self.assertEqual(["SET=[it's 42]" in line for line in job.stdout.splitlines()], [True, True], job.stdout)
        self.assertEqual(job.stderr, "this is no frame\n")

    def test_the_setup_knows_the_functions_that_bash_exports(self):
        # As Environment Modules and Lmod make `module` known in a script: sh, where it is dash, would drop it.
        job = scoop_run("-n", 1, "--setup", "module load gcc", PROBE, "surroundings", "LOADED",
                        env={**os.environ, "SHELL": "/bin/bash", "BASH_FUNC_module%%": '() { export LOADED="$2"; }'})
        self.assertIn("LOADED=[gcc]", job.stdout, job.stderr)

    def test_arguments_pass_a_setup_untouched(self):
        hard = ["", " ", "$HOME", "`id`", "'", '"', "\\", "a\nb"]
        job = scoop_run("-n", 1, "--setup", "true", PROBE, "echo", *hard)
        self.assertEqual(job.stdout, "".join(f"[{text}]\n" for text in hard))

    def test_a_setup_that_fails_is_told(self):
        for text, status in (("echo oh dear; exit 3", 3), ("false", 1)):
            with self.subTest(text):
                job = scoop_run("-n", 1, "--setup", text, PROBE, "exit", 0)
                self.assertEqual(job.returncode, 120, job.stderr)
                self.assertIn(f"setup  the shell that runs the set-up exited with status {status}\n", job.stderr)

    def test_a_setup_is_not_a_node(self):
        job = scoop_run("-n", 1, "--setup", f"{PROBE} topology", PROBE, "exit", 0)
        self.assertEqual((job.returncode, job.stderr.split(" on ")[0]), (0, "rank 0 of 1"), job.stderr)

    def test_threads_of_openmp_share_the_cpus_of_the_host(self):
        cpus = len(os.sched_getaffinity(0))
        for workers in (1, 2 * cpus):
            with self.subTest(workers=workers):
                line = surroundings("-n", workers, names=("OMP_NUM_THREADS",),
                                    env=environment(OMP_NUM_THREADS=None))[-1]
                threads = int(line.rpartition("OMP_NUM_THREADS=[")[2].rstrip("]"))
                self.assertTrue(1 <= threads <= max(1, cpus // workers), line)

    def test_threads_of_openmp_are_the_users_to_choose(self):
        own = environment(OMP_NUM_THREADS="7")
        self.assertIn("OMP_NUM_THREADS=[7]", surroundings("-n", 2, names=("OMP_NUM_THREADS",), env=own)[1])
        self.assertIn("OMP_NUM_THREADS=[3]",
                      surroundings("-n", 2, "-x", "OMP_NUM_THREADS=3", names=("OMP_NUM_THREADS",), env=own)[1])


class Placement(unittest.TestCase):
    def test_excluded_hosts_are_not_reached(self):
        job = scoop_run("-H", "nowhere[1-9],localhost:2", "--exclude", "nowhere[1-9]", PROBE, "topology")
        self.assertEqual(job.stdout, "rank 0 of 2 on localhost, launched 1, hosts localhost\n", job.stderr)

    def test_exclusions_in_vain_are_told(self):
        job = scoop_run("-H", "localhost:1", "--exclude", "elsewhere", PROBE, "exit", 0)
        self.assertEqual((job.returncode, job.stderr),
                         (0, "scoop-run: --exclude names elsewhere, and no such host is listed\n"))
        self.assertEqual(scoop_run("-q", "-H", "localhost:1", "--exclude", "elsewhere", PROBE, "exit", 0).stderr, "")

    def test_so_many_on_each_host(self):
        self.assertIn("rank 0 of 2", scoop_run("-N", 2, "-H", "localhost:8", PROBE, "topology").stdout)
        self.assertIn("rank 0 of 3", scoop_run("--per-host", 3, PROBE, "topology").stdout)

    def test_too_few_slots_are_refused_with_the_table(self):
        job = scoop_run("-n", 9, "-H", "localhost:2,localhost", PROBE, "exit", 0)
        self.assertEqual(job.returncode, 2)
        self.assertEqual(job.stderr,
                         "scoop-run: place 9 workers: the host has 3 slots; give -n 3 or less, more hosts or slots, or "
                         "--oversubscribe\n"
                         "    host       slots  why\n"
                         "    localhost      3  --hosts, column 1\n")


class Hostfile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)

    def hostfile(self, text):
        path = os.path.join(self.folder, "hosts")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_a_host_has_its_own_program_and_surroundings(self):
        os.symlink(PROBE, os.path.join(self.folder, f"probe {os.uname().machine}"))
        hostfile = self.hostfile(f"localhost 2 exe='{self.folder}/probe {{arch}}' wdir={self.folder} env.A=own "
                                 "env.B=\"it's\" setup='export C=set up' nice=7")
        job = scoop_run("--hostfile", hostfile, "-C", "/", "--nice", 1, "-x", "A=general", "-x", "D=general",
                        "--setup", "exit 1", "only/elsewhere", "surroundings", *"ABCD")
        nice = min(os.getpriority(os.PRIO_PROCESS, 0) + 7, 19)
        expected = f"{self.folder} nice {nice} A=[own] B=[it's] C=[set] D=[general]\n"
        self.assertEqual(job.stdout, f"0: {expected}1: {expected}", job.stderr)

    def test_a_program_that_is_not_there_is_named_as_the_host_has_it(self):
        job = scoop_run("--hostfile", self.hostfile("localhost exe=/nonexistent/app.{arch}"), "app")
        self.assertEqual((job.returncode, job.stderr.partition(";")[0]),
                         (127, f"scoop-run: run /nonexistent/app.{os.uname().machine}: No such file or directory"))

    def test_a_wrong_line_is_shown_with_a_caret(self):
        hostfile = self.hostfile("localhost 2\nlocalhost slotz=2  # two\n")
        job = scoop_run("--hostfile", hostfile, PROBE, "exit", 0)
        self.assertEqual(job.returncode, 2)
        self.assertTrue(job.stderr.startswith(f"scoop-run: {hostfile}:2:11: \"slotz\" is no attribute"), job.stderr)
        self.assertTrue(job.stderr.endswith("did you mean \"slots\"?\n    localhost slotz=2  # two\n              ^\n"),
                        job.stderr)

    def test_a_host_without_a_count_has_its_usable_cpus(self):
        cpu = min(os.sched_getaffinity(0))
        job = scoop_run("--hostfile", self.hostfile("localhost"), PROBE, "topology",
                        preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
        self.assertIn("rank 0 of 1 ", job.stdout, job.stderr)


if __name__ == "__main__":
    launch.main()
