"""Batch systems whose starters give a node no channel, by stand-ins (tests/process/starters): it calls back.

Every "host" is this machine. What the stand-ins do to input, output, parents and sessions is what the real ones do.
"""

import itertools
import os
import re
import resource
import signal
import stat
import subprocess
import sys
import tempfile

import attacks
import launch
import strangers_test

JOINING = os.path.join(launch.BIN, "tests", "joining")
STARTERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "starters")
FULL_TREE = os.path.join(launch.BIN, "examples", "full_tree")
SECRET = b"scoop1:"  # how a text with a key begins


class Starters(launch.JobTest):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="starters-")
        self.addCleanup(subprocess.run, ["rm", "-rf", self.folder], check=True)
        self.hold = os.path.join(self.folder, "hold")
        self.cache = os.path.join(self.folder, "cache")
        self.environment = {**os.environ, "PATH": STARTERS + ":" + os.environ["PATH"], "XDG_CACHE_HOME": self.cache,
                            "HOME": self.folder, "STAND_IN_JOB": self.folder, "PYTHONDONTWRITEBYTECODE": "1"}

    def pbs(self, *lines, **more):
        """The environment of a job of PBS with these lines in its node file."""
        path = os.path.join(self.folder, "nodes")
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(line + "\n" for line in lines))
        return {**self.environment, "PBS_ENVIRONMENT": "PBS_BATCH", "PBS_JOBID": "7.head", "PBS_NODEFILE": path, **more}

    def flux(self, *hosts):
        """The environment of a job of Flux with these hosts, by rank."""
        return {**self.environment, "FLUX_URI": "local:///run/flux/local", "STAND_IN_HOSTS": ",".join(hosts)}

    def job_processes(self):
        """All processes that have this job's environment, whoever is their parent."""
        mark = ("STAND_IN_JOB=" + self.folder).encode()
        return [pid for pid, text in self.read_of_all("environ") if mark in text.split(b"\0")]

    @staticmethod
    def read_of_all(name):
        for pid in launch.processes():
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    yield pid, file.read()
            except OSError:
                pass  # of another user, private, or gone

    def assert_no_secret_is_seen(self):
        for name in ("cmdline", "environ"):
            for pid, text in self.read_of_all(name):
                self.assertNotIn(SECRET, text, f"/proc/{pid}/{name}")

    def assert_nothing_left(self):
        launch.wait_until(lambda: not self.job_processes(), lambda: f"left: {self.job_processes()}")
        left = os.listdir(os.path.join(self.cache, "scoop")) if os.path.exists(self.cache) else []
        self.assertEqual(left, [])

    def assert_fails(self, job, host, step, *words):
        self.assertEqual((job.returncode, job.stdout), (120, ""), job.stderr)
        self.assertRegex(job.stderr, rf"(?m)^  {re.escape(host)} +{step} ")
        for word in words:
            self.assertIn(word, " ".join(job.stderr.split()))

    def start_working(self, environment, *options):
        job = self.start_job(*options, launch.PROBE, "work-with-children", env=environment)
        self.wait_for_line(job, "working")
        return job

    def test_pbs_tmrsh_is_taken_in_a_job_of_pbs(self):
        run = ("-v", launch.PROBE, "surroundings", "STAND_IN_HOST")
        job = launch.scoop_run(*run, env=self.pbs("a.invalid", "a.invalid", "b.invalid"))
        self.assertIn("other hosts are reached by pbs_tmrsh, as parts of PBS job 7.head\n", job.stderr)
        self.assertEqual(re.findall(r"STAND_IN_HOST=\[(\S+)\]", job.stdout), ["a.invalid", "a.invalid", "b.invalid"])
        self.assert_nothing_left()

    def test_pbsdsh_is_told_the_line_of_a_host(self):
        run = ("--launcher", "pbsdsh", launch.PROBE, "surroundings", "STAND_IN_HOST")
        job = launch.scoop_run(*run, env=self.pbs("a.invalid", "a.invalid", "b.invalid"))
        self.assertEqual(re.findall(r"STAND_IN_HOST=\[(\S+)\]", job.stdout), ["a.invalid", "a.invalid", "b.invalid"],
                         job.stderr)
        self.assert_nothing_left()

    def test_flux_exec_is_told_the_rank_of_a_host(self):
        run = ("-v", launch.PROBE, "surroundings", "STAND_IN_HOST")
        job = launch.scoop_run(*run, env=self.flux("a.invalid", "b.invalid"))
        self.assertIn("other hosts are reached by flux, as parts of Flux job", job.stderr)
        self.assertEqual(re.findall(r"STAND_IN_HOST=\[(\S+)\]", job.stdout), ["a.invalid"] * 2 + ["b.invalid"] * 2)
        self.assert_nothing_left()

    def test_all_attacks_on_the_port_of_the_calls_leave_the_job_alone_and_are_told_once(self):
        job = self.start_working(self.pbs("a.invalid", "b.invalid"))
        ports = strangers_test.listening_ports(job.pid)
        self.assertEqual(len(ports), 2, "that of the calls and the root broker's")
        before = strangers_test.memory_peak(job.pid)
        for port in ports:
            attacks.attack("127.0.0.1", port)
        if not launch.IS_SANITIZED:
            self.assertLess(strangers_test.memory_peak(job.pid) - before, strangers_test.GROWTH_MAX)
        self.assertLessEqual(len(os.listdir(f"/proc/{job.pid}/fd")), strangers_test.DESCRIPTORS_MAX)
        self.assertIsNone(job.poll())
        self.assertEqual(len(launch.alive(job.seen)), len(job.seen), "nobody died of it")
        job.terminate()
        _, errors = job.communicate(timeout=launch.PATIENCE)
        self.assertEqual(errors.count(strangers_test.SENTENCE), 1, errors)
        self.assert_nothing_left()

    def test_an_attack_on_one_of_both_ports_is_told(self):
        for each, place in itertools.product((attacks.garbage, attacks.wrong_keys, attacks.half_open), range(2)):
            with self.subTest(each.__name__, place=place):
                job = self.start_working(self.pbs("a.invalid"), "-H", "a.invalid:1")
                attacks.attack("127.0.0.1", list(strangers_test.listening_ports(job.pid))[place], [each])
                line = job.stderr.readline()
                self.assertTrue(line.startswith(strangers_test.SENTENCE), line)
                job.terminate()
                job.communicate(timeout=launch.PATIENCE)

    def test_floods_of_connections_to_both_ports_keep_no_host_out(self):
        allowed = (strangers_test.DESCRIPTORS_MAX, strangers_test.DESCRIPTORS_MAX)
        job = self.start_job("-H", "a.invalid:1", JOINING, 2, env=self.pbs("a.invalid", "b.invalid"),
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, allowed))
        self.wait_for_line(job, "begun")
        floods = []
        for port in strangers_test.listening_ports(job.pid):
            floods.append(subprocess.Popen([sys.executable, attacks.__file__, "127.0.0.1", str(port), "flood"]))
            self.addCleanup(floods[-1].wait)
            self.addCleanup(floods[-1].kill)
        line = job.stderr.readline()
        self.assertTrue(line.startswith(strangers_test.SENTENCE), line)
        joined = launch.scoop_run("--join", job.pid, "-H", "b.invalid:1")
        self.assertEqual((joined.returncode, joined.stdout), (0, "b.invalid has joined the job, with rank 1\n"),
                         joined.stderr)
        self.assertEqual([flood.poll() for flood in floods], [None] * len(floods))
        output, errors = job.communicate(timeout=4 * launch.PATIENCE)
        self.assertEqual((job.returncode, output.splitlines()[0]), (0, "tasks ran on: 0=a.invalid 1=b.invalid"), errors)
        self.assertNotIn(strangers_test.SENTENCE, errors)

    def run_documented_script(self, system, environment):
        return launch.run_documented_script(system, {**environment, "PBS_O_WORKDIR": self.folder}, self.folder)

    def test_the_script_for_pbs_in_the_document(self):
        job = self.run_documented_script("PBS Pro, OpenPBS, Torque", self.pbs("a.invalid", "b.invalid", "b.invalid"))
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))
        self.assert_nothing_left()

    def test_the_script_for_flux_in_the_document(self):
        job = self.run_documented_script("Flux", self.flux("a.invalid", "b.invalid"))
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))
        self.assert_nothing_left()

    def test_input_output_and_status_are_as_with_every_starter(self):
        for environment in (self.pbs("a.invalid", "b.invalid"), self.flux("a.invalid", "b.invalid")):
            job = launch.scoop_run(launch.PROBE, "exit", 3, env=environment)
            self.assertEqual((job.returncode, job.stdout, job.stderr), (3, "", ""))
            job = launch.scoop_run("--setup", "export A=\"it's\"; echo of the set-up", launch.PROBE, "surroundings",
                                   "A", env=environment)
            self.assertIn("A=[it's]\n", job.stdout, job.stderr)
            job = launch.scoop_run("--tunnel", "always", FULL_TREE, env=environment)
            self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)
        self.assert_nothing_left()

    def test_the_key_is_in_a_private_file_and_nowhere_else_until_the_node_has_read_it(self):
        with open(self.hold, "w", encoding="ascii"):
            pass
        job = self.start_job("-H", "a.invalid:1", launch.PROBE, "work-with-children", env=self.pbs("a.invalid"))
        shared = os.path.join(self.cache, "scoop")
        tasks = os.path.join(self.folder, "tasks")
        launch.wait_until(lambda: os.path.exists(tasks) and os.path.getsize(tasks) > 0, "the task")
        (call,) = os.listdir(shared)
        path = os.path.join(shared, call, "input")
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(shared, call)).st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, "rb") as file:
            text = file.read()
        self.assertIn(SECRET, text)
        self.assert_no_secret_is_seen()
        os.unlink(self.hold)
        self.wait_for_line(job, "working")
        self.assertEqual(os.listdir(shared), [])
        self.assert_no_secret_is_seen()
        self.assert_a_second_call_is_not_heard(text, job)
        self.assert_nothing_left()

    def assert_a_second_call_is_not_heard(self, text, job):
        key = text[text.index(SECRET):]
        read, write = os.pipe()
        os.write(write, key)
        os.close(write)
        second = subprocess.run(["sh", "-c", f'exec "$0" 3<&{read} 4>&1', launch.PROBE], pass_fds=(read,), text=True,
                                env={**os.environ, "SCOOP_ROLE": "caller"}, timeout=launch.PATIENCE,
                                stdin=subprocess.DEVNULL, capture_output=True, check=False)
        os.close(read)
        self.assertEqual((second.stdout, second.stderr), ("", ""))
        # The channel is still the first one's: the root gets the signal.
        job.terminate()
        _, errors = job.communicate(timeout=launch.PATIENCE)
        self.assertEqual(job.returncode, 128 + signal.SIGTERM, errors)

    def test_the_key_of_flux_exec_comes_by_its_input_only(self):
        job = self.start_working(self.flux("a.invalid"), "-H", "a.invalid:1")
        self.assert_no_secret_is_seen()
        self.assertFalse(os.path.exists(self.cache))
        job.kill()
        self.assert_nothing_left()

    def test_the_end_of_a_batch_job_ends_everything(self):
        # qdel: the daemon of each host sends TERM, and then KILL, to the sessions of the job.
        job = self.start_working(self.pbs("a.invalid", "b.invalid"))
        with open(os.path.join(self.folder, "tasks"), encoding="ascii") as file:
            sessions = [int(line.split()[0]) for line in file]
        for number in (signal.SIGTERM, signal.SIGKILL):
            for session in [*sessions, job.pid]:
                launch.signal_group(session, number)
        job.wait(launch.PATIENCE)
        self.assert_nothing_left()

    def test_nothing_survives_a_launcher_that_is_killed(self):
        for environment in (self.pbs("a.invalid", "b.invalid"), self.flux("a.invalid", "b.invalid")):
            job = self.start_working(environment)
            job.kill()
            self.assert_nothing_left()

    def test_a_task_that_is_killed_is_a_lost_host(self):
        job = self.start_working(self.pbs("a.invalid", "b.invalid"))
        with open(os.path.join(self.folder, "tasks"), encoding="ascii") as file:
            task = next(int(line.split()[0]) for line in file if "a.invalid" in line)
        os.kill(task, signal.SIGKILL)
        self.assertEqual(job.wait(launch.PATIENCE), 121)
        self.assert_nothing_left()

    def test_a_starter_that_fails_is_quoted(self):
        job = launch.scoop_run("--launcher", "pbs_tmrsh", "-H", "a.invalid:1,z.invalid:1", FULL_TREE,
                               env=self.pbs("a.invalid"))
        self.assert_fails(job, "z.invalid", "launcher", "pbs_tmrsh exited with status 255 before a shell on the host",
                          'host "z.invalid" is not a node in job <7.head>', "pbs_tmrsh z.invalid /bin/sh -c")
        job = launch.scoop_run("--launcher", "flux", "-H", "a.invalid:1,z.invalid:1", FULL_TREE,
                               env=self.flux("a.invalid"))
        self.assert_fails(job, "z.invalid", "launcher", "flux exited with status 1",
                          "flux-exec: failed to decode idset 'z.invalid'", "flux exec --rank=z.invalid")
        self.assert_nothing_left()

    def test_what_a_host_says_before_its_node_calls_is_shown(self):
        for environment in (self.pbs("a.invalid"), self.flux("a.invalid")):
            job = launch.scoop_run("--setup", "echo no such module >&2; false", FULL_TREE, env=environment)
            self.assert_fails(job, "a.invalid", "setup", "no such module", "try the text of --setup")
            job = launch.scoop_run("/nonexistent/program", env=environment)
            self.assertEqual(job.returncode, 127)
            self.assertIn("there is no /nonexistent/program on this host", job.stderr)
        self.assert_nothing_left()

    def test_a_set_up_that_hangs_is_told_with_its_host(self):
        told = os.path.join(self.folder, "hanging")
        hang = (f"test $STAND_IN_HOST = a.invalid || "
                f"{{ echo $$ >{told}; echo loading >&2; exec sleep {launch.PATIENCE}; }}")
        for environment, reason in (
                (self.pbs("a.invalid", "b.invalid"), "the set-up did not end in time loading"),
                (self.flux("a.invalid", "b.invalid"), "the set-up there did not end, in time loading")):
            job = launch.scoop_run("--start-timeout", 5, "--setup", hang, FULL_TREE, env=environment)
            self.assert_fails(job, "b.invalid", "setup", "1 of 2 hosts failed", reason, "--start-timeout")
            with open(told, encoding="ascii") as file:
                hanging = int(file.read())
            if "PBS_JOBID" in environment:
                os.kill(hanging, signal.SIGKILL)  # as the end of the job would
            self.assert_nothing_left()

    def test_a_host_that_does_not_share_the_directory(self):
        job = launch.scoop_run(FULL_TREE, env=self.pbs("a.invalid", STAND_IN_UNSHARED=self.cache))
        self.assert_fails(job, "a.invalid", "launcher", "before a shell on the host spoke", self.cache,
                          "(XDG_CACHE_HOME names another), or use --launcher ssh")
        with open(os.path.join(self.folder, "errors"), encoding="utf-8") as file:
            self.assertIn("/nonexistent", file.read())
        self.assert_nothing_left()

    def test_a_host_that_cannot_reach_us(self):
        # It is on another machine, where the loopback interface leads elsewhere: here in a network of its own.
        if subprocess.run(["unshare", "--user", "--map-current-user", "--net", "true"], check=False).returncode != 0:
            self.skipTest("no network namespaces for this user")
        job = launch.scoop_run("--interface", "127.0.0.1", "-H", "a.invalid:1", FULL_TREE,
                               env=self.pbs("a.invalid", STAND_IN_NETWORK="none"))
        self.assert_fails(job, "a.invalid", "call-back", "call scoop-run back", "tcp://127.0.0.1:",
                          "--interface names the network and --port the ports")
        self.assert_nothing_left()

    def test_a_directory_that_cannot_be_written(self):
        with open(self.cache, "w", encoding="ascii"):
            pass
        job = launch.scoop_run(FULL_TREE, env=self.pbs("a.invalid"))
        self.assert_fails(job, "a.invalid", "call-back", "make the directory " + self.cache, "--launcher ssh needs none")

    def test_where_they_do_not_help_ssh_is_taken_and_that_is_said(self):
        run = ("--dry-run", "-v", launch.PROBE, "exit", 0)
        job = launch.scoop_run("--stage", *run, env=self.pbs("a.invalid"))
        self.assertIn("pbs_tmrsh cannot bring the files of --stage, so other hosts are reached by SSH\n", job.stderr)
        job = launch.scoop_run("--stage", "--launcher", "pbs_tmrsh", *run, env=self.pbs("a.invalid"))
        self.assertEqual(job.returncode, 2)
        self.assertIn("--launcher pbs_tmrsh: it gives no channel over which the files of --stage could come", job.stderr)
        job = launch.scoop_run(*run, env={**self.pbs("a.invalid"), "PATH": "/nonexistent"})
        self.assertIn("pbs_tmrsh and pbsdsh are not in PATH, so other hosts are reached by SSH\n", job.stderr)
        job = launch.scoop_run("--launcher", "flux", *run, env=self.environment)
        self.assertEqual(job.returncode, 2)
        self.assertIn("--launcher flux: there is no job around us: FLUX_URI is not set", job.stderr)


if __name__ == "__main__":
    launch.main()
