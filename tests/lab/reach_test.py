#!/usr/bin/env python3
"""Hosts that cannot connect to the launcher's machine, or only to one of its addresses: jobs run through the tunnel.

The hosts of a lab have their own names on 127.0.1.1, so every test of a lab shows that this does no harm."""
import re
import subprocess

import hosts
from hosts import PROGRAMS


class Reach(hosts.LabTest):
    NODES = 3
    NEW_CONNECTIONS = "tcp flags & (syn | ack) == syn tcp dport != 22"

    def drop_call_back(self, node):
        """Requests for connections vanish, but for SSH."""
        self.lab("drop", node, self.NEW_CONNECTIONS)
        self.addCleanup(self.lab, "clear", node)

    def add_address(self, name, address):
        """An interface of the host `login` that leads nowhere."""
        self.lab.shell("login", f"ip link add {name} type veth peer name {name}x; ip link set {name}x up; "
                                f"ip address add {address} dev {name}; ip link set {name} up", user="root")
        self.addCleanup(self.lab.shell, "login", f"ip link del {name}", user="root")

    def run_tree(self, *options, nodes="node1:2,node2:2"):
        """A job on the nodes; returns what it said."""
        job = self.scoop_run(*options, "-H", nodes, f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)
        return job.stderr

    def listening(self):
        """Addresses with ports on which a job that runs lets hosts connect, as ss(8) prints them."""
        job = self.start_job("-H", "node1:2", *self.options, f"{PROGRAMS}/probe", "sleep", 600)
        self.assertEqual(job.stdout.readline(), "sleeping\n")
        listing = self.lab.shell("login", "ss -Hltnp", user="root")
        (launcher,) = self.lab.processes("login")
        self.lab.shell("login", f"kill {launcher}")
        job.wait(hosts.PATIENCE)
        return sorted(line.split()[3] for line in listing.splitlines() if "scoop-run" in line)

    def test_a_firewall_that_drops_is_got_around_in_time(self):
        self.drop_call_back("node2")
        said = self.run_tree()  # within the 30 seconds that a start may take
        self.assertIn("node2 cannot connect to this machine, so the tunnel is used", said)
        self.assertNotIn("node1", said)

    def test_a_firewall_that_refuses_is_got_around(self):
        self.refuse_call_back("node1")
        said = self.run_tree("-v")
        self.assertRegex(said, r"node1: reaches the root broker through the control channel, for it could not at "
                               r"tcp://10\.88\.0\.200:\d+ \(connection refused\)")
        self.assertRegex(said, r"node2: reaches the root broker at tcp://10\.88\.0\.200:\d+\n")

    def test_without_the_tunnel_every_address_is_told(self):
        self.drop_call_back("node1")
        job = self.scoop_run("--tunnel", "never", "-H", "node1,node2", f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout), (120, ""))
        self.assertRegex(job.stderr, r"node1 +call-back +reach the root broker of scoop-run: "
                                     r"tcp://10\.88\.0\.200:\d+ \(no answer in time\)")

    def test_the_tunnel_for_all_hosts_and_every_starter(self):
        for starter in ([], ["--launcher", "openssh"], ["--launcher", "ssh -T {host}"]):
            said = self.run_tree("-v", "--tunnel", "always", *starter)
            self.assertEqual(len(re.findall("through the control channel\n", said)), 2, said)

    def test_much_goes_through_the_tunnel_and_comes_out_whole(self):
        job = self.scoop_run("--tunnel", "always", "-H", self.all_hosts(2), f"{PROGRAMS}/uts",
                             *"-t 1 -a 3 -d 10 -b 4 -r 19".split())
        self.assertIn("4130071 nodes, depth 10, 3305118 leaves", job.stdout, job.stderr)

    def test_a_host_that_dies_behind_the_tunnel_is_lost_and_the_job_goes_on(self):
        job = self.start_job("--tunnel", "always", "-H", "node1:2,node2:2", f"{PROGRAMS}/probe",
                             "sign-until-told", "/home/lab/signed", 40, 0.1, stdin=subprocess.PIPE)
        self.addCleanup(lambda: [self.lab.shell(node, "rm -f signed") for node in self.lab.nodes])
        hosts.wait_until(lambda: self.lab.shell("node2", "cat signed 2>/dev/null || true"), "a task on node2")
        node = hosts.role_processes(self.lab.processes("node2"), "probe")["node"][0]
        self.lab.on("node2", "kill", "-9", node, user="root")
        self.wait_for_error(job, "lost host node2")
        _, errors = job.communicate(timeout=hosts.PATIENCE)
        self.assertEqual(job.returncode, 0, errors)

    def test_a_dead_interface_does_no_harm(self):
        self.add_address("dead0", "172.31.5.1/16")
        said = self.run_tree("-v")
        self.assertRegex(said, r"node1: reaches the root broker at tcp://10\.88\.0\.200:\d+\n")

    def test_hosts_that_know_no_name_but_localhost(self):
        for host in ("login", "node1", "node2"):
            self.lab.shell(host, "cp /etc/hosts names; echo 127.0.0.1 localhost >/etc/hosts", user="root")
            self.addCleanup(self.lab.shell, host, "cp names /etc/hosts; rm names", user="root")
        self.assertEqual(self.lab.on("node1", "getent", "hosts", "login").returncode, 2)
        said = self.run_tree("-v", nodes="10.88.0.1:2,10.88.0.2:2")
        for node in ("10.88.0.1", "10.88.0.2"):
            self.assertRegex(said, rf"{node}: reaches the root broker at tcp://10\.88\.0\.200:\d+\n")

    def test_the_interface_that_is_asked_for_is_the_only_one_that_listens(self):
        self.add_address("dead0", "172.31.5.1/16")
        for name in ("eth0", "10.88.0.0/16", "10.88.0.200"):
            self.options = ["--interface", name]
            (address,) = self.listening()
            self.assertRegex(address, r"^(\[::ffff:)?10\.88\.0\.200\]?:")
        # Nobody can come there, so all goes through the tunnel.
        self.assertIn("the tunnel is used", self.run_tree("--interface", "dead0"))

    def test_an_interface_that_is_not_there(self):
        job = self.scoop_run("--interface", "ib0", "-H", "node1", f"{PROGRAMS}/full_tree")
        self.assertEqual(job.returncode, 2)
        self.assertRegex(job.stderr, r"--interface ib0: there is no interface of that name with an address; those that "
                                     r"are up: .*eth0 \(10\.88\.0\.200")

    def test_the_port_that_is_asked_for(self):
        self.options = ["--port", "5000-5001"]
        self.assertEqual(self.listening(), ["*:5000"])
        self.assertIn(":5000\n", self.run_tree("-v", "--port", "5000"))

    def test_of_a_range_the_first_free_port_is_taken(self):
        taken = self.lab.start("login", "python3", "-c", "import socket, sys; s = socket.create_server(('', 5000)); "
                               "print(flush=True); sys.stdin.read()", stdin=subprocess.PIPE)
        taken.stdout.readline()
        self.assertIn(":5001\n", self.run_tree("-v", "--port", "5000-5001"))
        job = self.scoop_run("--port", "5000", "-H", "node1", f"{PROGRAMS}/full_tree")
        self.assertEqual(job.returncode, 120)
        self.assertIn("tcp://*:5000: Address already in use", job.stderr)
        taken.communicate(timeout=hosts.PATIENCE)

    def test_with_the_tunnel_nothing_listens_for_others(self):
        self.options = ["--tunnel", "always"]
        (address,) = self.listening()
        self.assertRegex(address, r"^(\[::ffff:)?127\.0\.0\.1\]?:")


if __name__ == "__main__":
    hosts.main()
