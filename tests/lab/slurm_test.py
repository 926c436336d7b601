#!/usr/bin/env python3
"""Jobs of a real Slurm: scoop-run in a script, or srun alone, starts processes on all hosts, and nothing stays."""
import os
import subprocess

import hosts
from hosts import PROGRAMS

# Slurm's plugin for PMIx checks who connects to it while slurmstepd has the user's rights for a moment, which may fail:
# then the tasks of a step cannot meet, and Slurm says so. And the srun of a step over two groups of a job may wait for
# itself when all its tasks have ended. Another step is most unlikely to fail likewise.
AGAIN_IF_REFUSED = """
again_if_refused() {
  for attempt in 1 2 3; do
    timeout --kill-after 1 50 "$@" >/tmp/step.out 2>/tmp/step.err; status=$?
    [ $status -ge 124 ] || grep -q 'Munge decode failed' /tmp/step.err || break
  done
  cat /tmp/step.out; cat /tmp/step.err >&2
  rm -f /tmp/step.out /tmp/step.err
  return $status
}
"""
UTS_T1 = "-t 1 -a 3 -d 10 -b 4 -r 19"


class Slurm(hosts.LabTest):
    NODES = 4

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        subprocess.run([os.path.join(os.path.dirname(hosts.SCRIPT), "lab_slurm"), "up"], check=True, text=True,
                       env=cls.lab.environment, stdout=subprocess.DEVNULL, timeout=2 * hosts.PATIENCE)
        cls.lab("put", "all", f"{hosts.BIN}/scoop-run", PROGRAMS)

    def submit(self, command, *options):
        """Submits a script with one line; returns the job's number."""
        self.lab.shell("login", f"printf '#!/bin/sh\n%s\n' '{command}' >job.sh")
        done = self.lab.on("login", "sbatch", "--parsable", "-o", "/home/lab/out", "-e", "/home/lab/err", *options,
                           "job.sh")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.addCleanup(self.lab.shell, "login", "scancel --user lab")
        return done.stdout.strip()

    def state(self, job):
        listing = self.lab.shell("login", f"scontrol --oneliner show job {job}")
        return dict(word.split("=", 1) for word in listing.split() if "=" in word)

    def end_of(self, job):
        """Waits for a job's end: its state, and what its script wrote on the host that ran it."""
        hosts.wait_until(lambda: self.state(job)["JobState"] not in ("PENDING", "CONFIGURING", "RUNNING", "COMPLETING"),
                         lambda: f"job {job}: {self.state(job)}")
        found = self.state(job)
        output, errors = (self.lab.shell(found["BatchHost"], f"cat {name}; rm -f {name}") for name in ("out", "err"))
        return found["JobState"], output, errors

    def left_over(self):
        """Slurm's own files in /tmp are none of ours."""
        found = {}
        for host, left in super().left_over().items():
            ours = [one for one in left if not one.startswith("slurm")]
            if ours:
                found[host] = ours
        return found

    def submit_endless_job(self, *options):
        """A job on all nodes that ends by force only, once it has workers everywhere."""
        job = self.submit(f"{PROGRAMS}/scoop-run --launcher srun -H {self.all_hosts(2)} "
                          f"{PROGRAMS}/probe work-with-children", "-N", 4, *options)
        hosts.wait_until(lambda: all(len(self.lab.processes(node)) > 4 for node in self.lab.nodes),
                         "workers everywhere")
        return job

    def test_a_script_of_one_line_runs_over_all_hosts_of_the_job(self):
        job = self.submit(f"{PROGRAMS}/scoop-run --launcher srun -H {self.all_hosts(2)} {PROGRAMS}/uts {UTS_T1}",
                          "-N", 4, "--ntasks-per-node", 2)
        state, output, errors = self.end_of(job)
        self.assertEqual((state, errors), ("COMPLETED", ""), output)
        self.assertIn("4130071 nodes, depth 10, 3305118 leaves", output)

    def test_the_program_alone_is_enough(self):
        # No host, no number and no launcher: all from the job.
        job = self.submit(f"{PROGRAMS}/scoop-run -v {PROGRAMS}/full_tree", "-N", 3, "--ntasks-per-node", 2)
        state, output, errors = self.end_of(job)
        self.assertEqual((state, output), ("COMPLETED", "76153\n"), errors)
        self.assertIn("other hosts are reached by srun, as parts of Slurm job ", errors)
        self.assertIn("ranks 4 to 5", errors)

    def test_the_script_of_the_document(self):
        # It asks for more tasks than these hosts have CPUs.
        go = self.put_documented_script("Slurm")
        self.lab.shell("login", f"{go} sbatch --wait --ntasks-per-node=2 -o out -e err job.sh")
        self.assertEqual(self.lab.shell("login", "cd /shared && cat out err && rm out err"), "76153\n")

    def test_in_salloc_on_another_host(self):
        job = self.lab.on("login", "salloc", "-N", 3, "-n", 5, f"{PROGRAMS}/scoop-run", "-v", "--launcher", "srun",
                          "-H", "node[1-3]:2", f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)
        for node in ("node1", "node2", "node3"):
            self.assertRegex(job.stderr, rf"{node}: node \d+ on {node}, x?\w+, ")

    def test_options_meant_for_the_jobs_own_tasks_do_no_harm(self):
        options = ("-N", 4, "--ntasks-per-node", 2, "-c", 1, "--mem-per-cpu", 1, "--export", "NONE",
                   "--hint", "nomultithread")
        state, output, errors = self.end_of(self.submit(
            f"{PROGRAMS}/scoop-run --launcher srun -H {self.all_hosts(2)} {PROGRAMS}/full_tree", *options))
        self.assertEqual((state, output, errors), ("COMPLETED", "76153\n", ""))

    def test_two_jobs_side_by_side_in_one_allocation(self):
        run = f"{PROGRAMS}/scoop-run --launcher srun -H {self.all_hosts(1)} {PROGRAMS}/full_tree"
        state, output, errors = self.end_of(self.submit(f"{run} & {run}; wait", "-N", 4))
        self.assertEqual((state, output, errors), ("COMPLETED", "76153\n76153\n", ""))

    def test_the_program_of_a_job_starts_jobs_in_the_same_allocation(self):
        inner = f"{PROGRAMS}/scoop-run -v {PROGRAMS}/full_tree"
        state, output, errors = self.end_of(self.submit(
            f'{PROGRAMS}/scoop-run {PROGRAMS}/probe run "{inner} && {inner}"', "-N", 4, "--ntasks-per-node", 1))
        self.assertEqual((state, output), ("COMPLETED", "76153\n76153\n"), errors)
        self.assertEqual(errors.count("4 hosts with 4 slots"), 2, errors)

    def test_scancel_leaves_nothing(self):
        job = self.submit_endless_job()
        self.lab.shell("login", f"scancel {job}")
        self.assertEqual(self.end_of(job)[0], "CANCELLED")
        self.assert_nothing_left()

    def test_a_launcher_that_is_killed_leaves_nothing(self):
        job = self.submit_endless_job()
        self.lab.shell(self.state(job)["BatchHost"], "pkill -KILL -x scoop-run")
        self.assertEqual(self.end_of(job)[0], "FAILED")
        self.assert_nothing_left()

    def submit_to_shared(self, command, *options):
        """A script whose output comes into /shared, wherever it runs: its job, and the two files."""
        self.lab.shell("login", "rm -f /shared/out /shared/err")
        job = self.submit(command, "-o", "/shared/out", "-e", "/shared/err", "--open-mode", "append", *options)
        return job, *(lambda name=name: self.lab.shell("login", f"cat /shared/{name} 2>/dev/null || true")
                      for name in ("out", "err"))

    def job_state(self, job):
        return self.lab.shell("login", f"scontrol --oneliner show job {job} | grep -o 'JobState=[A-Z_]*' | head -1"
                              ).strip().removeprefix("JobState=")

    def wait_for_state(self, job, *states):
        hosts.wait_until(lambda: self.job_state(job) in states, lambda: f"job {job}: {self.job_state(job)}")

    def test_the_hosts_of_a_heterogeneous_job(self):
        job, output, errors = self.submit_to_shared(f"{PROGRAMS}/scoop-run {PROGRAMS}/probe topology",
                                                    "-N", 1, "-n", 1, ":", "-N", 2, "-n", 4)
        self.wait_for_state(job, "COMPLETED", "FAILED")
        self.assertIn("rank 0 of 5", output(), errors())
        self.assertEqual(errors(), "")

    def test_steps_of_a_heterogeneous_job(self):
        # Over both groups by a file, by PMI-1 and by PMIx; on one group alone; and scoop-run in a part of one.
        both = "srun --het-group=0,1"
        steps = (f"XDG_CACHE_HOME=/shared {both} --mpi none", f"XDG_CACHE_HOME=/proc/nowhere {both} --mpi pmi2",
                 f"again_if_refused env XDG_CACHE_HOME=/proc/nowhere {both} --mpi pmix",
                 "XDG_CACHE_HOME=/shared srun --het-group=1",
                 f"srun --het-group=1 -N 1 -n 1 {PROGRAMS}/scoop-run")
        # One job, since Slurm looks at heterogeneous ones only every 30 seconds.
        job = self.lab.on("login", "salloc", "-Q", "-N", 1, "-n", 2, ":", "-N", 2, "-n", 3, "sh", "-c",
                          AGAIN_IF_REFUSED + "\n".join(f"{step} {PROGRAMS}/probe topology" for step in steps),
                          timeout=3 * hosts.PATIENCE)
        over_both = "rank 0 of 5 on node1, launched 1, hosts node1 node2 node3"
        self.assertEqual(job.stdout.splitlines(), [over_both, over_both, over_both,
                                                   "rank 0 of 3 on node2, launched 1, hosts node2 node3",
                                                   "rank 0 of 1 on node2, launched 1, hosts node2"], job.stderr)

    def test_each_job_of_an_array_is_a_job(self):
        self.lab.shell("login", "rm -f /shared/array-*")
        job = self.submit(f"{PROGRAMS}/scoop-run {PROGRAMS}/full_tree >/shared/array-$SLURM_ARRAY_TASK_ID",
                          "--array", "1-3", "-N", 2, "--ntasks-per-node", 1)
        self.wait_for_array(job, 3)
        self.assertEqual(self.lab.shell("login", "cat /shared/array-*"), "76153\n" * 3)

    def wait_for_array(self, job, size):
        hosts.wait_until(lambda: self.lab.shell("login", f"scontrol --oneliner show job {job}").count(
            "JobState=COMPLETED") == size, f"the {size} jobs of {job}")

    def take_down(self, node):
        self.lab.shell("login", f"scontrol update nodename={node} state=down reason=test", user="root")
        # It may have come back by itself.
        self.addCleanup(self.lab.on, "login", "scontrol", "update", f"nodename={node}", "state=resume", user="root")

    def test_a_node_that_goes_down_ends_the_job(self):
        job = self.submit_endless_job("--no-requeue")
        self.take_down("node4")
        self.wait_for_state(job, "NODE_FAIL")
        self.assert_no_process_left("node4")

    def test_a_job_goes_on_without_a_node_that_goes_down_if_slurm_lets_it(self):
        job, output, errors = self.submit_to_shared(f"{PROGRAMS}/scoop-run {PROGRAMS}/probe work", "-N", 4, "--no-kill",
                                                    "--ntasks-per-node", 1)
        hosts.wait_until(lambda: "working" in output(), lambda: f"a start: {errors()}")
        self.take_down("node4")
        hosts.wait_until(lambda: "node4" in errors(), lambda: f"the loss of node4: {errors()}")
        self.assertEqual(self.job_state(job), "RUNNING")
        self.lab.shell("login", f"scancel {job}")
        self.wait_for_state(job, "CANCELLED")
        self.assert_no_process_left("node4")

    def assert_no_process_left(self, *killed):
        """Where Slurm kills everything at once, nobody is left to remove a directory: on a node that it has given up,
        or, after KillWait, on a busy machine."""
        hosts.wait_until(lambda: not any(self.lab.processes(host) for host in self.lab.hosts), self.left_over)
        for node in killed:
            self.lab.shell(node, "rm -rf /tmp/scoop-*")

    def first_and_again(self, first, again):
        """A script that does something else when the job is started anew."""
        run = f"{PROGRAMS}/scoop-run {PROGRAMS}"
        return f"[ -z \"$SLURM_RESTART_COUNT\" ] || exec {run}/{again}; exec {run}/{first}"

    def start_again(self, job):
        """The same job, once it waits: Slurm would let it for two minutes."""
        hosts.wait_until(lambda: self.lab.on("login", "scontrol", "update", f"jobid={job}", "starttime=now"
                                             ).returncode == 0, "an earlier start")
        self.wait_for_state(job, "COMPLETED")

    def preempt(self):
        """Submits a job that takes the nodes of all others."""
        self.lab.shell("login", "printf '#!/bin/sh\n' >urgent.sh; "
                                "sbatch -o /dev/null -p urgent --exclusive -N 4 urgent.sh; rm urgent.sh")

    def test_a_program_that_is_told_of_preemption_keeps_its_workers_until_it_has_saved(self):
        job, output, errors = self.submit_to_shared(
            self.first_and_again("probe name-signals", f"uts {UTS_T1}"), "-N", 4, "--ntasks-per-node", 1, "--requeue",
            "--signal", "B:USR1@30")
        hosts.wait_until(lambda: "listening" in output(), lambda: f"a start: {errors()}")
        self.preempt()
        hosts.wait_until(lambda: "USR1" in output(), lambda: f"the signal: {output()} {errors()}")
        self.assertEqual((output(), errors()), ("listening\nUSR1\n", ""))
        self.wait_for_state(job, "PENDING")
        self.assertIn("USR1\nTERM\n", output())
        self.assert_no_process_left(*self.lab.nodes)
        self.start_again(job)
        self.assertIn("4130071 nodes, depth 10, 3305118 leaves", output(), errors())

    def test_a_program_that_is_preempted_without_notice_gets_the_last_signal(self):
        job, output, errors = self.submit_to_shared(
            self.first_and_again("probe name-signals", "full_tree"), "-N", 4, "--ntasks-per-node", 1, "--requeue")
        hosts.wait_until(lambda: "listening" in output(), lambda: f"a start: {errors()}")
        self.preempt()
        self.wait_for_state(job, "PENDING")
        self.assertIn("TERM\n", output(), errors())
        self.assert_no_process_left(*self.lab.nodes)
        self.start_again(job)
        self.assertTrue(output().endswith("76153\n"), (output(), errors()))

    def test_a_signal_to_the_steps_reaches_a_program_that_srun_starts(self):
        job, output, errors = self.submit_to_shared(
            f"XDG_CACHE_HOME=/shared exec srun --mpi none {PROGRAMS}/probe name-signals", "-N", 4,
            "--ntasks-per-node", 1, "--signal", "USR1@30")
        hosts.wait_until(lambda: "listening" in output(), lambda: f"a start: {errors()}")
        self.preempt()
        hosts.wait_until(lambda: "USR1" in output(), lambda: f"the signal: {output()} {errors()}")
        self.lab.shell("login", f"scancel {job}")
        self.wait_for_state(job, "CANCELLED", "FAILED", "COMPLETED", "PREEMPTED")

    def test_a_job_that_is_requeued_runs_again(self):
        script = self.first_and_again("probe work-with-children", "full_tree")
        job, output, errors = self.submit_to_shared(script, "-N", 4, "--ntasks-per-node", 1, "--requeue")
        hosts.wait_until(lambda: "working" in output(), lambda: f"a start: {errors()}")
        self.lab.shell("login", f"scontrol requeue {job}")
        self.wait_for_state(job, "PENDING")
        self.assert_no_process_left(*self.lab.nodes)
        self.start_again(job)
        self.assertTrue(output().endswith("76153\n"), (output(), errors()))

    def test_signals_of_slurm_reach_the_program(self):
        for signal in ("USR1", "TERM"):
            with self.subTest(signal=signal):
                job, output, errors = self.submit_to_shared(
                    f"exec {PROGRAMS}/scoop-run {PROGRAMS}/probe name-signals", "-N", 2, "--ntasks-per-node", 1)
                hosts.wait_until(lambda: "listening" in output(), lambda: f"a start: {errors()}")
                self.lab.shell("login", f"scancel --batch --signal={signal} {job}")
                hosts.wait_until(lambda: len(output().splitlines()) > 1, lambda: f"the signal: {output()}")
                self.assertIn(signal, output())
                self.lab.shell("login", f"scancel {job}")
                self.wait_for_state(job, "CANCELLED", "FAILED", "COMPLETED")

    def test_the_time_limit_leaves_time_to_save(self):
        # Slurm looks at time limits every 30 s, and tells of one at the last look that is not too late: here, when the
        # job is 20 to 50 s old.
        job, output, errors = self.submit_to_shared(f"exec {PROGRAMS}/scoop-run {PROGRAMS}/probe name-signals", "-N", 2,
                                                    "--ntasks-per-node", 1, "--time", 2, "--signal", "B:TERM@70")
        hosts.wait_until(lambda: self.job_state(job) not in ("PENDING", "RUNNING", "COMPLETING"),
                         lambda: f"job {job}: {output()} {errors()}", 2 * hosts.PATIENCE)
        self.assertEqual(output().splitlines(), ["listening", "TERM"], errors())
        found = self.state(job)
        self.assertEqual((found["JobState"], found["ExitCode"]), ("FAILED", "7:0"))  # as the program ended, not Slurm

    def srun(self, *arguments, variables=()):
        """A step of 8 tasks on 4 hosts, in a job of its own, without scoop-run."""
        return self.lab.on("login", "env", "XDG_CACHE_HOME=/shared", *variables,
                           "srun", "-N", 4, "-n", 8, *arguments)

    def test_srun_alone_starts_one_job(self):
        for way, directory in (("none", "/shared"), ("pmi2", "/proc/nowhere"), ("pmix", "/proc/nowhere")):
            with self.subTest(mpi=way):
                step = f"env XDG_CACHE_HOME={directory} srun -N 4 -n 8 --mpi {way} {PROGRAMS}/full_tree"
                job = self.lab.on("login", "sh", "-c", f"{AGAIN_IF_REFUSED} again_if_refused {step}")
                self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))
                self.assertEqual(self.lab.shell("login", "ls -A /shared/scoop 2>/dev/null || true"), "")

    def test_the_ranks_under_srun_are_those_of_its_tasks(self):
        job = self.srun("--mpi", "none", "--label", f"{PROGRAMS}/probe", "topology")
        self.assertEqual(job.returncode, 0, job.stderr)
        self.assertIn("0: rank 0 of 8", job.stdout)
        self.assertIn("node1 node2 node3 node4", job.stdout)

    def test_the_status_under_srun_is_the_roots(self):
        self.assertEqual(self.srun("--mpi", "none", f"{PROGRAMS}/probe", "exit", 3).returncode, 3)

    def test_independent_tasks_of_srun_are_jobs_of_one(self):
        job = self.srun(f"{PROGRAMS}/full_tree", variables=["SCOOP_LAUNCHER=none"])
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n" * 8), job.stderr)

    def test_hosts_that_share_no_directory_are_told_so(self):
        job = self.srun("--mpi", "none", f"{PROGRAMS}/full_tree",
                        variables=["XDG_CACHE_HOME=/tmp/own", "SCOOP_START_TIMEOUT=3"])
        self.assertNotEqual(job.returncode, 0)
        self.assertEqual(job.stdout, "")
        self.assertIn("all hosts must share that directory", job.stderr)
        self.lab.shell("node1", "rm -rf /tmp/own")

    def test_a_program_in_the_script_of_a_job_is_a_job_of_one(self):
        state, output, errors = self.end_of(self.submit(f"{PROGRAMS}/full_tree", "-N", 4, "--ntasks-per-node", 2))
        self.assertEqual((state, output, errors), ("COMPLETED", "76153\n", ""))

    def test_the_end_of_a_task_of_srun_ends_them_all(self):
        job = self.submit(f"env XDG_CACHE_HOME=/shared srun --mpi none {PROGRAMS}/probe work", "-N", 4,
                          "--ntasks-per-node", 2)
        hosts.wait_until(lambda: all(self.lab.on(node, "pgrep", "-c", "-x", "probe").stdout.strip() == "2"
                                     for node in self.lab.nodes), "tasks everywhere")
        hosts.wait_until(lambda: "working" in self.lab.shell(self.state(job)["BatchHost"], "cat out"), "a start")
        self.lab.shell("node3", "pkill -KILL -n -x probe")
        state, _, errors = self.end_of(job)
        self.assertEqual(state, "FAILED")
        self.assertRegex(errors, r"scoop: rank \d on node3 has ended; so the job ends")
        self.assert_nothing_left()

    def test_a_host_outside_of_the_job_is_told(self):
        state, output, errors = self.end_of(self.submit(
            f"{PROGRAMS}/scoop-run --launcher srun -H node1:1,node4:1 {PROGRAMS}/full_tree", "-w", "node[1-2]"))
        self.assertEqual((state, output), ("FAILED", ""))
        self.assertRegex(errors, r"(?m)^  node4 +launcher +srun exited with status 1 before a shell on the host spoke$")
        self.assertIn("node configuration is not available", errors)

    def test_outside_of_a_job_it_is_refused(self):
        job = self.scoop_run("--launcher", "srun", "-H", "node1:1", f"{PROGRAMS}/full_tree")
        self.assertEqual(job.returncode, 2)
        self.assertIn("--launcher srun: there is no job around us: SLURM_JOB_ID is not set", job.stderr)


if __name__ == "__main__":
    hosts.main()
