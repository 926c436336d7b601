"""scoop-run inside a batch job: hosts and numbers of workers come from the job. This machine plays its hosts."""

import os
import socket
import tempfile
import unittest

import launch
from launch import PROBE, scoop_run

HERE = socket.gethostname()
KNOWN = ("SLURM_", "PBS_", "SGE_", "PE_", "JOB_ID", "NSLOTS", "LSB_", "FLUX_", "COBALT_", "LOADL_", "K_MPI_")


def job(**variables):
    """The environment of this test without any batch job around it, and with `variables`."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(KNOWN)}
    return {**ours, **variables}


def slurm_job(nodes=HERE, tasks="3", **more):
    return job(SLURM_JOB_ID="8", SLURM_JOB_NODELIST=nodes, SLURM_TASKS_PER_NODE=tasks, **more)


def pbs_job(nodefile):
    return job(PBS_ENVIRONMENT="PBS_BATCH", PBS_JOBID="5.s", PBS_NODEFILE=nodefile)


class Batch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def assert_workers(self, count, run):
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(f"rank 0 of {count} ", run.stdout)

    def test_a_job_has_as_many_workers_as_slots_and_v_says_why(self):
        run = scoop_run("-v", PROBE, "topology", env=slurm_job())
        self.assert_workers(3, run)
        self.assertIn("scoop-run: Slurm job 8: 1 host with 3 slots, by SLURM_JOB_NODELIST and SLURM_TASKS_PER_NODE\n",
                      run.stderr)
        run = scoop_run(PROBE, "topology", env=slurm_job())
        self.assertEqual(run.stderr, "")

    def test_a_file_that_a_variable_names_is_read(self):
        path = self.write("nodes", f"{HERE}\n" * 4)
        run = scoop_run("-v", PROBE, "topology", env=pbs_job(path))
        self.assert_workers(4, run)
        self.assertIn("PBS job 5.s: 1 host with 4 slots, by PBS_NODEFILE\n", run.stderr)
        path = self.write("pe", f"{HERE} 2 all.q@{HERE} UNDEFINED\n")
        self.assert_workers(2, scoop_run(PROBE, "topology",
                                         env=job(SGE_ROOT="/sge", JOB_ID="7", NSLOTS="2", PE_HOSTFILE=path)))

    def test_a_command_is_asked_where_only_that_tells_the_hosts(self):
        # A stand-in for flux(1) that prints what the real one is documented to print.
        resources = ('{"version": 1, "execution": {"R_lite": [{"rank": "0", "children": {"core": "0-2"}}], '
                     f'"nodelist": ["{HERE}"]}}}}')
        self.write("flux", f"#!/bin/sh\n[ \"$*\" = 'resource R' ] && echo '{resources}'\n", 0o755)
        path = self.folder + ":" + os.environ["PATH"]
        self.assert_workers(3, scoop_run(PROBE, "topology", env=job(FLUX_URI="local:///x", PATH=path)))
        self.write("flux", "#!/bin/sh\necho no broker >&2\nexit 3\n", 0o755)
        run = scoop_run(PROBE, "topology", env=job(FLUX_URI="local:///x", PATH=path))
        self.assertEqual(run.returncode, 2)
        self.assertEqual(run.stderr, "no broker\n"
                         "scoop-run: find the hosts of Flux job local:///x: run flux resource R: it ended with status "
                         "3; name the hosts with --hosts or --hostfile, or ignore the job with --batch none\n")

    def test_a_file_that_is_not_there_is_named(self):
        run = scoop_run(PROBE, "topology", env=pbs_job("/nonexistent"))
        self.assertEqual(run.returncode, 2)
        self.assertIn("find the hosts of PBS job 5.s: PBS_NODEFILE: read /nonexistent: no such file or directory; ",
                      run.stderr)

    def test_more_workers_than_slots_are_refused_before_any_host_is_reached(self):
        run = scoop_run("-n", 9, PROBE, "topology", env=slurm_job(f"{HERE},unknown.invalid", "3,2"))
        self.assertEqual(run.returncode, 2)
        self.assertIn("place 9 workers: the 2 hosts have 5 slots; give -n 5 or less, more hosts or slots, or "
                      "--oversubscribe", run.stderr)
        self.assertRegex(run.stderr, r"unknown\.invalid +2  SLURM_TASKS_PER_NODE\n")
        self.assertNotIn("resolve", run.stderr)
        self.assert_workers(5, scoop_run("-n", 5, "--oversubscribe", PROBE, "topology", env=slurm_job()))
        self.assert_workers(2, scoop_run("-n", 2, PROBE, "topology", env=slurm_job(f"{HERE},unknown.invalid", "3,2")))

    def test_contradictions_are_refused_with_both_names(self):
        run = scoop_run(PROBE, "topology", env=slurm_job(SLURM_JOB_NUM_NODES="4"))
        self.assertEqual(run.returncode, 2)
        self.assertIn("SLURM_JOB_NODELIST and SLURM_JOB_NUM_NODES contradict each other: 1 and 4 hosts;", run.stderr)

    def test_a_job_can_be_ignored_and_a_system_chosen(self):
        broken = slurm_job(SLURM_JOB_NUM_NODES="4", **pbs_job(self.write("nodes", f"{HERE}\n{HERE}\n")))
        self.assert_workers(1, scoop_run("--batch", "none", "-n", 1, PROBE, "topology", env=broken))
        self.assert_workers(2, scoop_run("--batch", "pbs", PROBE, "topology", env=broken))
        run = scoop_run(PROBE, "topology", env=broken)
        self.assertEqual(run.returncode, 2)
        self.assertIn("SLURM_JOB_ID tells of Slurm job 8, and PBS_JOBID of PBS job 5.s; say which with --batch slurm "
                      "or --batch pbs", run.stderr)

    def test_named_hosts_win_and_are_compared_with_the_job(self):
        run = scoop_run("-H", "localhost", PROBE, "topology", env=slurm_job())
        self.assert_workers(3, run)  # of this machine the job has 3 slots
        self.assertEqual(run.stderr, "")
        run = scoop_run("-v", "-H", "localhost", PROBE, "topology", env=slurm_job())
        self.assertIn("scoop-run: Slurm job 8: 1 host with 3 slots, by SLURM_JOB_NODELIST and SLURM_TASKS_PER_NODE; "
                      "not used, as --hosts names hosts\n", run.stderr)
        run = scoop_run("-H", "localhost:4", PROBE, "topology", env=slurm_job())
        self.assert_workers(4, run)
        self.assertEqual(run.stderr, "scoop-run: --hosts gives hosts more than Slurm job 8 has there: localhost: 4 "
                                     "slots instead of 3; --batch none ignores the job\n")
        path = self.write("hosts", "localhost 2\n")
        run = scoop_run("--hostfile", path, PROBE, "topology", env=slurm_job("unknown.invalid"))
        self.assert_workers(2, run)
        self.assertEqual(run.stderr, f"scoop-run: {path} names hosts that Slurm job 8 does not have: localhost; "
                                     "--batch none ignores the job\n")
        run = scoop_run("-q", "--hostfile", path, PROBE, "exit", 0, env=slurm_job("unknown.invalid"))
        self.assertEqual(run.stderr, "")

    def test_a_broken_job_does_not_hinder_named_hosts(self):
        run = scoop_run("-H", "localhost:2", PROBE, "topology", env=slurm_job(SLURM_JOB_NUM_NODES="4"))
        self.assert_workers(2, run)
        self.assertEqual(run.stderr, "scoop-run: the hosts are not compared with those of the batch job: find the "
                         "hosts of Slurm job 8: SLURM_JOB_NODELIST and SLURM_JOB_NUM_NODES contradict each other: 1 "
                         "and 4 hosts; --batch none ignores the job\n")


if __name__ == "__main__":
    launch.main()
