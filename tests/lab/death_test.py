#!/usr/bin/env python3
"""Whatever process of a job is killed, nothing stays on any host, not even children that left their session."""
import hosts
from hosts import PROGRAMS, role_processes, wait_until


class Deaths(hosts.LabTest):
    NODES = 2

    def busy_job(self):
        """A job on two hosts whose workers compute and have left children in sessions of their own behind."""
        job = self.start_job("-H", self.all_hosts(2), f"{PROGRAMS}/probe", "work-with-children")
        self.assertEqual(job.stdout.readline(), "working\n")
        for node in self.lab.nodes:
            # Guardian, node process, two workers, and two children of each worker.
            wait_until(lambda node=node: self.count(node) == 8, f"the processes on {node}")
            found = {role: len(pids) for role, pids in self.roles(node).items()}
            self.assertEqual(found["guardian"], 1, found)
            self.assertEqual(found["node"], 1, found)
        return job

    def count(self, node):
        return sum("probe" in arguments for _, arguments in self.lab.processes(node).values())

    def roles(self, node):
        return role_processes(self.lab.processes(node), "probe")

    def kill(self, host, pid):
        self.lab.shell(host, f"kill -KILL {pid}", user="root")

    def assert_job_ends_with(self, job, status):
        job.communicate(timeout=hosts.PATIENCE)
        self.assertEqual(job.returncode, status)

    def test_of_the_launcher(self):
        self.busy_job()
        self.lab.shell("login", "pkill -KILL -x scoop-run", user="root")
        self.assert_nothing_left()

    def test_of_the_guardian_beside_the_root(self):
        job = self.busy_job()
        self.kill("node1", self.roles("node1")["guardian"][0])
        self.assert_nothing_left()
        self.assert_job_ends_with(job, 121)

    def test_of_the_broker_beside_the_root(self):
        job = self.busy_job()
        self.kill("node1", self.roles("node1")["node"][0])
        self.assert_nothing_left()
        self.assert_job_ends_with(job, 121)

    def test_of_another_guardian_takes_its_host_along(self):
        self.assert_host_ends_when_killed("guardian")

    def test_of_another_broker_takes_its_host_along(self):
        self.assert_host_ends_when_killed("node")

    def assert_host_ends_when_killed(self, role):
        job = self.busy_job()
        self.kill("node2", self.roles("node2")[role][0])
        wait_until(lambda: self.count("node2") == 0, "the end of everything on node2", 10)
        self.lab.shell("login", "pkill -TERM -x scoop-run", user="root")
        self.assert_job_ends_with(job, 143)
        self.assert_nothing_left()

    def test_of_the_only_host_that_some_tasks_can_run_on_fails_them(self):
        self.lab.shell("login", "printf 'node1 2\\nnode2 2 tags=gpu\\n' >hosts")
        self.addCleanup(self.lab.shell, "login", "rm hosts")
        job = self.start_job("--hostfile", "hosts", f"{PROGRAMS}/probe", "needs", 30, "gpu")
        self.assertEqual(job.stdout.readline(), "submitted\n")
        self.kill("node2", self.roles("node2")["node"][0])
        _, errors = job.communicate(timeout=hosts.PATIENCE)
        self.assertEqual(job.returncode, 1, errors)
        self.assertIn("no worker is left on a host with the tags that the task needs", errors)
        self.assert_nothing_left()

    def test_of_the_root(self):
        job = self.busy_job()
        self.kill("node1", min(self.roles("node1")["worker"]))
        self.assert_nothing_left()
        self.assert_job_ends_with(job, 137)

    def test_of_an_ssh_connection(self):
        job = self.busy_job()
        self.lab.shell("node1", "pkill -KILL -u lab -x sshd", user="root")
        self.assert_nothing_left()
        self.assert_job_ends_with(job, 121)

    def test_of_a_whole_host(self):
        job = self.busy_job()
        self.lab("poweroff", "node1")
        self.addCleanup(self.start_again, "node1")
        self.assert_job_ends_with(job, 121)

    def start_again(self, node):
        self.lab("boot", node)
        self.lab("put", node, f"{hosts.BIN}/tests/probe", PROGRAMS)


if __name__ == "__main__":
    hosts.main()
