#!/usr/bin/env python3
"""Jobs over real hosts that the ssh program, or a command of the user's, reaches."""
import signal
import subprocess

import hosts
from hosts import PROGRAMS


class Launchers(hosts.LabTest):
    NODES = 3

    def run_with(self, launcher, *arguments, **options):
        return self.scoop_run("--launcher", launcher, *arguments, **options)

    def configure(self, text):
        self.lab.shell("login", f"printf '%s\\n' '{text}' >.ssh/config")
        self.addCleanup(self.lab.shell, "login", "rm .ssh/config")

    def forget_host_key(self, node):
        self.lab.shell("login", f"cp .ssh/known_hosts known; sed -i '/^{node},/d' .ssh/known_hosts")
        self.addCleanup(self.lab.shell, "login", "mv known .ssh/known_hosts")

    def assert_fails(self, job, host, step, *words):
        self.assertEqual((job.returncode, job.stdout), (120, ""), job.stderr)
        self.assertRegex(job.stderr, rf"(?m)^  {host} +{step}  ")
        for word in words:
            self.assertIn(word, " ".join(job.stderr.split()))

    def test_openssh_on_three_hosts(self):
        job = self.run_with("openssh", "-H", self.all_hosts(2), f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_a_command_of_ones_own_through_ssh(self):
        job = self.run_with("ssh -oBatchMode=yes -p {port} {user}@{host}", "-H", "node1:2,lab@node2:1",
                            f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_a_command_that_no_shell_reads(self):
        for k in (1, 2):
            self.lab.shell("login", f"""
                ip netns add box{k}
                ip link add to_box{k} type veth peer name eth0 netns box{k}
                ip address add 10.99.{k}.1/24 dev to_box{k}
                ip link set to_box{k} up
                ip -n box{k} address add 10.99.{k}.2/24 dev eth0
                ip -n box{k} link set eth0 up""", user="root")
            self.addCleanup(self.lab.shell, "login", f"ip netns delete box{k}", user="root")
        job = self.run_with("ip netns exec {host}", "-H", "box1:2,box2:1", f"{PROGRAMS}/full_tree", user="root")
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_what_a_login_shell_prints_disturbs_nothing(self):
        for node in ("node1", "node2"):
            self.lab.shell(node, r"printf 'echo welcome to %s\necho to stderr >&2\n' $HOSTNAME >.bashrc")
            self.addCleanup(self.lab.shell, node, "rm .bashrc")
        job = self.run_with("openssh", "-H", "node1:2,node2:1", f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_the_step_that_ssh_fails_in_is_told(self):
        self.lab.shell("node2", "mv .ssh/authorized_keys keys")
        self.addCleanup(self.lab.shell, "node2", "mv keys .ssh/authorized_keys")
        self.forget_host_key("node3")
        job = self.run_with("openssh", "-H", "node1:1,node2:1,node3:1,nowhere:1", f"{PROGRAMS}/full_tree")
        self.assert_fails(job, "nowhere", "resolve", "3 of 4 hosts failed", "Could not resolve hostname nowhere")
        self.assert_fails(job, "node2", "auth", "Permission denied (publickey)")
        self.assert_fails(job, "node3", "host key", "Host key verification failed", "--ssh-accept-new")

    def test_a_program_that_is_missing_there(self):
        job = self.run_with("openssh", "-H", "node1:1", "/nonexistent/program")
        self.assertEqual(job.returncode, 127, job.stderr)
        self.assertIn("there is no /nonexistent/program on this host", job.stderr)

    def test_what_only_ssh_knows_is_told_and_works_with_ssh(self):
        # libssh looks for the key of node2 in its files, and only a command knows it.
        self.lab.shell("login", "cp .ssh/known_hosts known; sed -i 's/^node2,[^ ]*/cluster/' .ssh/known_hosts")
        self.addCleanup(self.lab.shell, "login", "mv known .ssh/known_hosts")
        self.configure("Host node2\n  KnownHostsCommand /usr/bin/sed -n s/^cluster/%H/p /home/lab/.ssh/known_hosts")
        job = self.scoop_run("-H", "node1:1,node2:1", f"{PROGRAMS}/full_tree")
        self.assert_fails(job, "node2", "host key", "the ssh program gets in", "use --launcher openssh",
                          "/.ssh/config:2: the SSH built in here passes over KnownHostsCommand")
        job = self.run_with("openssh", "-H", "node1:1,node2:1", f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_a_host_behind_another(self):
        self.lab("drop", "node3", "ip saddr 10.88.0.200 tcp dport 22")
        self.addCleanup(self.lab, "clear", "node3")
        self.configure("Host node3\n  ProxyJump node1")
        job = self.run_with("openssh", "-H", "node3:2", f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_nothing_is_left_of_a_launcher_that_is_killed(self):
        job = self.start_job("--launcher", "openssh", "-H", "node1:2,node2:2",
                             f"{PROGRAMS}/probe", "work-with-children")
        self.assertEqual(job.stdout.readline(), "working\n")
        self.lab.shell("login", "pkill -KILL -x scoop-run")
        self.assertEqual(job.wait(hosts.PATIENCE), -signal.SIGKILL)
        self.assert_nothing_left()

    def test_a_host_that_is_switched_off_is_lost_and_the_job_goes_on(self):
        job = self.start_job("--launcher", "openssh", "-H", "node1:1,node2:1", f"{PROGRAMS}/probe",
                             "sign-until-told", "/home/lab/signed", 40, 0.1, stdin=subprocess.PIPE)
        hosts.wait_until(lambda: self.lab.on("node2", "test", "-s", "/home/lab/signed").returncode == 0, "a task on it")
        self.lab("poweroff", "node2")
        self.addCleanup(self.lab, "put", "node2", *(f"{hosts.BIN}/{name}" for name in
                        ("tests/probe", "examples/full_tree", "examples/uts")), PROGRAMS)
        self.addCleanup(self.lab, "boot", "node2")
        self.wait_for_error(job, "lost host node2")
        _, errors = job.communicate(timeout=hosts.PATIENCE)
        self.assertEqual(job.returncode, 0, errors)
        self.lab.shell("node1", "rm signed")

    def test_mpirun_over_hosts_starts_one_job(self):
        openmpi = ("mpirun.openmpi", "-H", "node1:2,node2:2", "-n", 4, "-x")
        for way, mpirun in (("PMI-1", ("mpirun.mpich", "-launcher", "ssh", "-hosts", "node1:2,node2:2", "-n", 4)),
                            ("PMIx", (*openmpi, "XDG_CACHE_HOME=/proc/nowhere")),
                            ("a file", (*openmpi, "XDG_CACHE_HOME=/shared", "env", "-u", "PMIX_RANK"))):
            with self.subTest(way=way):
                job = self.lab.on("login", *mpirun, f"{PROGRAMS}/full_tree")
                self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)
                job = self.lab.on("login", *mpirun, f"{PROGRAMS}/probe", "topology")
                self.assertIn("rank 0 of 4", job.stdout, job.stderr)
                self.assertIn("node1 node2", job.stdout)


if __name__ == "__main__":
    hosts.main()
