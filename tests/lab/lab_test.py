#!/usr/bin/env python3
"""The lab itself: its hosts are separate, its faults are felt, and its end leaves nothing."""
import os
import socket
import subprocess
import tempfile
import unittest

import hosts
from hosts import wait_until

# Waits for one connection, says so, then waits until it ends and says how.
LISTENER = """
import socket
server = socket.create_server(("", 5555))
print("listening", flush=True)
connection, _ = server.accept()
print("connected", flush=True)
try:
    connection.recv(1)
    print("closed", flush=True)
except OSError as error:
    print(error.strerror, flush=True)
"""
CALLER = """
import socket
connection = socket.create_connection(("node1", 5555), timeout=60)
try:
    connection.recv(1)
    print("closed", flush=True)
except OSError as error:
    print(error.strerror, flush=True)
"""

# Takes connections until its input ends.
TAKER = """
import select, socket, sys
server = socket.create_server(("", 5555))
print("listening", flush=True)
connections = []
while sys.stdin not in select.select([server, sys.stdin], [], [])[0]:
    connections.append(server.accept()[0])
"""
# Sends as much as it can and connects again at once, until its connections have ended twice.
STUBBORN_CALLER = """
import socket
failures = 0
while failures < 2:
    try:
        with socket.create_connection(("node1", 5555), timeout=60) as connection:
            if failures == 0:
                print("connected", flush=True)
            connection.settimeout(None)
            while True:
                connection.sendall(bytes(65536))
    except OSError:
        failures += 1
"""


class TheLab(hosts.LabTest):
    def setUp(self):
        self.ssh = ("ssh", "-o", "BatchMode=yes")
        self.ssh_in_vain = (*self.ssh, "-o", "ConnectTimeout=2")

    def test_its_hosts_are_separate(self):
        names = [self.lab.on("login", *self.ssh, node, "hostname; ls; ps -e -o pid= | wc -l").stdout.split()
                 for node in self.lab.nodes]
        self.lab.shell("node1", "touch only-here")
        self.addCleanup(self.lab.shell, "node1", "rm only-here")
        self.assertEqual([name[0] for name in names], self.lab.nodes)
        self.assertNotIn("only-here", self.lab.shell("node2", "ls"))
        for *_, processes in names:
            self.assertLess(int(processes), 15)

    def test_its_hosts_cannot_change_this_machine(self):
        with tempfile.NamedTemporaryFile(prefix="from-the-lab-") as file:
            for directory in ("/usr/local/bin", "/bin", "/lib"):
                self.addCleanup(lambda path: os.path.exists(path) and os.remove(path),
                                os.path.join(directory, os.path.basename(file.name)))
                with self.assertRaisesRegex(AssertionError, "Read-only file system"):
                    self.lab("put", "all", file.name, directory)

    def test_it_has_no_way_out(self):
        routes = self.lab.shell("node1", "ip route show default", user="root")
        self.assertEqual(routes, "")

    def test_the_status_of_a_command_is_kept(self):
        self.assertEqual(self.lab.on("node1", "sh", "-c", "exit 7").returncode, 7)

    def test_a_cut_is_learned_at_both_ends_and_spares_ssh(self):
        session = self.lab.start("login", *self.ssh, "node2", "echo on; read line; echo off", stdin=subprocess.PIPE)
        listener = self.lab.start("node1", "python3", "-c", LISTENER)
        self.assertEqual(listener.stdout.readline(), "listening\n")
        caller = self.lab.start("node2", "python3", "-c", CALLER)
        self.assertEqual(listener.stdout.readline(), "connected\n")
        self.assertEqual(session.stdout.readline(), "on\n")
        self.lab("cut", "node2")
        self.assertEqual(listener.communicate(timeout=hosts.PATIENCE)[0], "Connection reset by peer\n")
        self.assertEqual(caller.communicate(timeout=hosts.PATIENCE)[0], "Software caused connection abort\n")
        self.assertEqual(session.communicate("\n", timeout=hosts.PATIENCE)[0], "off\n")

    def test_a_cut_spares_ssh_when_others_connect_again_at_once(self):
        chatter = "while echo on; do sleep 0.05; done & read line; kill $!; echo off"
        session = self.lab.start("login", *self.ssh, "node2", chatter, stdin=subprocess.PIPE)
        self.assertEqual(session.stdout.readline(), "on\n")
        taker = self.lab.start("node1", "python3", "-c", TAKER, stdin=subprocess.PIPE)
        self.assertEqual(taker.stdout.readline(), "listening\n")
        caller = self.lab.start("node2", "python3", "-c", STUBBORN_CALLER)
        self.assertEqual(caller.stdout.readline(), "connected\n")
        self.lab("cut", "node2")
        while caller.poll() is None:  # it may not have connected again in time to be cut off twice
            self.lab("cut", "node2")
        self.assertEqual(session.communicate("\n", timeout=hosts.PATIENCE)[0][-4:], "off\n")
        for process in (taker, caller):
            process.communicate(timeout=hosts.PATIENCE)
            self.assertEqual(process.returncode, 0)

    def test_an_unplugged_host_is_silent_until_it_is_plugged_in(self):
        self.lab("unplug", "node1")
        self.assertEqual(self.lab.on("login", *self.ssh_in_vain, "node1", "true").returncode, 255)
        self.lab("plug", "node1")
        self.assertEqual(self.lab.on("login", *self.ssh, "node1", "true").returncode, 0)

    def test_drop_is_silence_and_reject_is_an_answer(self):
        for fault, answer in (("drop", "timed out"), ("reject", "Connection refused")):
            with self.subTest(fault=fault):
                self.lab(fault, "node1", "tcp dport 22")
                self.assertIn(answer, self.lab.on("login", *self.ssh_in_vain, "node1", "true").stderr)
                self.lab("clear", "node1")
                self.assertEqual(self.lab.on("login", *self.ssh, "node1", "true").returncode, 0)

    def test_a_frozen_host_goes_on_when_it_thaws(self):
        self.lab("freeze", "node1")
        session = self.lab.start("login", "ssh", "node1", "echo thawed")
        wait_until(lambda: "10.88.0.1:22" in self.lab.shell("login", "ss -H -t -n state established"), "the TCP connection")
        self.assertIsNone(session.poll())
        self.lab("thaw", "node1")
        self.assertEqual(session.communicate(timeout=hosts.PATIENCE)[0], "thawed\n")

    def test_a_host_that_was_switched_off_starts_with_clean_disks(self):
        self.lab.shell("node2", "touch lost")
        self.lab("poweroff", "node2")
        self.assertIn("node2 10.88.0.2 off", self.lab("list"))
        self.assertEqual(self.lab.on("login", *self.ssh_in_vain, "node2", "true").returncode, 255)
        self.lab("boot", "node2")
        files = self.lab.on("login", *self.ssh, "node2", "ls")
        self.assertEqual((files.returncode, files.stdout), (0, ""), files.stderr)


class ItsEnd(unittest.TestCase):
    def test_nothing_of_a_lab_outlives_it(self):
        links = socket.if_nameindex()
        lab = hosts.Lab(2)
        left_behind = lab.start("node1", "setsid", "sleep", "12345")
        wait_until(lambda: "sleep" in str(lab.processes("node1")), "the process")
        lab.end()
        self.assertEqual(left_behind.wait(hosts.PATIENCE), -9)
        left_behind.communicate()
        self.assertFalse(os.path.exists(lab.folder))
        self.assertEqual(socket.if_nameindex(), links)
        self.assertNotIn("sleep 12345", subprocess.run(["ps", "-ef"], capture_output=True, text=True).stdout)


if __name__ == "__main__":
    hosts.main()
