"""--launcher with a command of one's own. A "host" is this machine, reached by a command that needs no network."""

import os
import signal
import tempfile

import launch

FULL_TREE = os.path.join(launch.BIN, "examples", "full_tree")
PLAIN = "env REACHED={host}"


class Launcher(launch.JobTest):
    def run_job(self, launcher, *arguments):
        return launch.scoop_run("--launcher", launcher, *arguments)

    def assert_fails(self, job, host, step, *words):
        self.assertEqual((job.returncode, job.stdout), (120, ""), job.stderr)
        self.assertRegex(job.stderr, rf"(?m)^  {host} +{step} ")
        for word in words:
            self.assertIn(word, " ".join(job.stderr.split()))

    def test_a_job_over_two_hosts_that_only_the_command_knows(self):
        job = self.run_job(PLAIN, "-H", "first.invalid:2,second.invalid:2", FULL_TREE)
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_the_command_is_told_host_user_and_port(self):
        command = "sh -c 'test \"$1 $2 $3\" = \"pod ada 99\" && shift 3 && exec \"$@\"' x {host} {user} {port}"
        job = self.run_job(command, "--ssh-port", 99, "-H", "ada@pod:1", launch.PROBE, "exit", 3)
        self.assertEqual(job.returncode, 3, job.stderr)

    def test_this_machine_needs_no_command(self):
        job = self.run_job("false {host}", "-n", 1, launch.PROBE, "exit", 3)
        self.assertEqual(job.returncode, 3, job.stderr)

    def test_what_the_command_prints_before_disturbs_nothing(self):
        job = self.run_job("sh -c 'echo hello; echo to stderr >&2; printf unfinished; exec \"$@\"' {host}",
                           "-H", "a.invalid:1,b.invalid:1", FULL_TREE)
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_a_command_that_does_not_exist(self):
        job = self.run_job("no-such-command {host}", "-H", "a.invalid:1", FULL_TREE)
        self.assert_fails(job, "a.invalid", "launcher", "there is no command no-such-command on this machine")

    def test_a_command_that_fails_is_quoted_for_the_host_it_fails_for(self):
        command = "sh -c 'test $0 = good.invalid || { echo cannot reach $0 >&2; exit 7; }; exec \"$@\"' {host}"
        job = self.run_job(command, "-H", "good.invalid:1,bad.invalid:1", FULL_TREE)
        self.assert_fails(job, "bad.invalid", "launcher", "1 of 2 hosts failed", "sh exited with status 7",
                          "cannot reach bad.invalid", "echo echo hello | sh -c")

    def test_a_program_that_is_not_there(self):
        job = self.run_job(PLAIN, "-H", "a.invalid:1", "/nonexistent/program")
        self.assertEqual(job.returncode, 127, job.stderr)
        self.assertIn("there is no /nonexistent/program on this host", job.stderr)

    def test_a_setup_runs_there(self):
        job = self.run_job(PLAIN, "-H", "a.invalid:1", "--setup", "export A=\"it's\"",
                           launch.PROBE, "surroundings", "A", "REACHED")
        self.assertIn("A=[it's] REACHED=[a.invalid]\n", job.stdout, job.stderr)

    def test_a_command_that_hangs_is_given_up_and_killed(self):
        job = self.start_job("--launcher", "sh -c 'trap \"\" TERM; echo dialling >&2; sleep 1000; exit 0' {host}",
                             "--start-timeout", 8, "-H", "a.invalid:1", FULL_TREE)
        launch.wait_until(lambda: len(launch.descendants(job.pid)) == 2, "the command and its sleep")
        job.seen = launch.descendants(job.pid)
        _, errors = job.communicate(timeout=launch.PATIENCE)
        self.assertEqual(job.returncode, 120, errors)
        self.assertRegex(errors, r"a\.invalid +launcher +sh did not bring a shell on the host in time\n +dialling\n")
        self.assert_all_gone(job)

    def test_nothing_survives_a_launcher_that_is_killed(self):
        job = self.start_job("--launcher", PLAIN, "-H", "a.invalid:2,b.invalid:1", launch.PROBE, "work-with-children")
        self.wait_for_line(job, "working")
        os.kill(job.pid, signal.SIGKILL)
        self.assert_all_gone(job)

    def test_a_command_that_dies_in_mid_run_is_a_lost_host(self):
        job = self.start_job("--launcher", PLAIN, "-H", "a.invalid:1,b.invalid:1", launch.PROBE, "work-with-children")
        self.wait_for_line(job, "working")
        root_starter = min(child for child in launch.descendants(job.pid) if launch.processes()[child][0] == job.pid)
        os.kill(root_starter, signal.SIGKILL)
        self.assertEqual(job.wait(launch.PATIENCE), 121)
        self.assert_all_gone(job)

    def stand_in(self, name, script):
        """An environment whose PATH begins with a program of this name."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, name), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + script)
            os.fchmod(file.fileno(), 0o755)
        return {**os.environ, "PATH": folder.name + ":" + os.environ["PATH"]}

    def blaunch(self):
        # As the reference of LSF has it: one task on the host, our stdin for the task, its status for ours.
        return self.stand_in("blaunch", "test \"$1\" = -no-shell || exit 255\nexport LSB_HOST=$2\nshift 2\n\"$@\"\n")

    def test_the_script_for_lsf_in_the_document(self):
        environment = {**self.blaunch(), "LSB_JOBID": "3", "LSB_MCPU_HOSTS": "a.invalid 2 b.invalid 1"}
        with tempfile.TemporaryDirectory() as folder:
            job = launch.run_documented_script("LSF", environment, folder)
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_blaunch_by_a_stand_in(self):
        environment = self.blaunch()
        run = ("--launcher", "blaunch", "-H", "a.invalid:1,b.invalid:1", launch.PROBE, "surroundings", "LSB_HOST")
        job = launch.scoop_run(*run, env={**environment, "LSB_JOBID": "3"})
        self.assertIn("LSB_HOST=[b.invalid]\n", job.stdout, job.stderr)
        job = launch.scoop_run(*run, env=environment)
        self.assertEqual(job.returncode, 2)
        self.assertIn("--launcher blaunch: there is no job around us: LSB_JOBID is not set; run it in a script",
                      job.stderr)

    def test_qrsh_by_a_stand_in(self):
        # As Grid Engine does it: a task that ends with qrsh, in the environment of the job's script.
        environment = self.stand_in("qrsh", "test \"$1 $2 $3\" = '-inherit -noshell -V' || exit 1\n"
                                    "export ON_HOST=$4\nshift 4\n\"$@\"\n")
        job = launch.scoop_run("--launcher", "qrsh", "-H", "a.invalid:1,b.invalid:1", launch.PROBE, "surroundings",
                               "ON_HOST", env={**environment, "PE_HOSTFILE": "/spool/pe_hostfile"})
        self.assertIn("ON_HOST=[b.invalid]\n", job.stdout, job.stderr)

    def slurm_stand_in(self):
        """The environment of a job of Slurm 23.11 on two hosts, whose srun is a stand-in."""
        environment = self.stand_in("srun", """
            [ "$1" != --version ] || { echo slurm 23.11.4; exit 0; }
            for word; do
                case $word in --nodelist=*) export NODE=${word#*=};; --external-launcher) export NEW=yes;; esac
            done
            [ -z "$SLURM_TASKS_PER_NODE" ] || exit 1
            while [ "${1#-}" != "$1" ]; do shift; done
            "$@"
            """)
        return {**environment, "SLURM_JOB_ID": "8", "SLURM_JOB_NODELIST": "a.invalid,b.invalid",
                "SLURM_TASKS_PER_NODE": "1(x2)"}

    def test_the_starter_of_the_job_around_is_the_default_for_its_hosts(self):
        environment = self.slurm_stand_in()
        run = ("-v", launch.PROBE, "surroundings", "NODE", "NEW")
        for hosts in ((), ("-H", "b.invalid,a.invalid")):
            job = launch.scoop_run(*hosts, *run, env=environment)
            self.assertIn("NODE=[b.invalid] NEW=[yes]\n", job.stdout, job.stderr)
            self.assertIn("other hosts are reached by srun, as parts of Slurm job 8\n", job.stderr)
        for options in (("--launcher", "ssh"), ("--batch", "none"), ("-H", "a.invalid:1,c.invalid:1"),
                        ("-H", "ada@a.invalid:1"), ("--ssh-port", 22)):
            job = launch.scoop_run("--dry-run", *options, *run, env=environment)
            self.assertNotIn("reached by srun", job.stderr)

    def test_a_starter_that_is_not_in_the_path_is_no_default(self):
        environment = {**self.slurm_stand_in(), "PATH": "/nonexistent"}
        job = launch.scoop_run("--dry-run", "-v", launch.PROBE, "exit", 0, env=environment)
        self.assertIn("srun is not in PATH, so other hosts are reached by SSH\n", job.stderr)

    def test_an_unknown_launcher_is_refused(self):
        job = self.run_job("telnet", "-n", 1, FULL_TREE)
        self.assertEqual(job.returncode, 2)
        self.assertIn("--launcher telnet: expected ssh, openssh", job.stderr)


if __name__ == "__main__":
    launch.main()
