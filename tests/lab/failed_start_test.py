#!/usr/bin/env python3
"""A host that cannot take part is named, with the step that failed, what it said and what to do; status 120."""
import re

import hosts
from hosts import PROGRAMS


class FailedStarts(hosts.LabTest):
    NODES = 3

    def failures(self, host_list="", way=()):
        """Runs a job that must not start; returns {host: (step, text)} from the table that it shows."""
        hosts_of_job = ("-H", host_list) if host_list else ()
        job = self.scoop_run(*way, *hosts_of_job, f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout), (120, ""), job.stderr)
        rows = {}
        for line in job.stderr.splitlines():
            row = re.match(r"  (\S*) +(resolve|connect|host key|auth|shell|program|call-back|time|)  +(\S.*)", line)
            if row and row[1] and row[2]:
                rows[row[1]] = [row[2], row[3]]
            elif row and rows:
                rows[list(rows)[-1]][1] += " " + row[3]
        self.assertTrue(rows, job.stderr)
        return {host: tuple(row) for host, row in rows.items()}

    def assert_fails(self, failures, host, step, *words):
        self.assertIn(host, failures)
        self.assertEqual(failures[host][0], step, failures)
        for word in words:
            self.assertIn(word, failures[host][1])

    def test_an_unknown_host(self):
        failures = self.failures("node1:1,nowhere:1")
        self.assert_fails(failures, "nowhere", "resolve", "nowhere")
        self.assertEqual(len(failures), 1)

    def test_the_line_that_names_a_host_is_told(self):
        self.lab("reject", "node2", "tcp dport 22")
        self.addCleanup(self.lab, "clear", "node2")
        self.lab.shell("login", "printf 'node1 slots=1\\n# more\\nnode2 slots=1\\nnowhere slots=1\\n' >cluster")
        self.addCleanup(self.lab.shell, "login", "rm cluster")
        for way in ((), ("--launcher", "openssh")):
            with self.subTest(way):
                failures = self.failures(way=(*way, "--hostfile", "cluster"))
                self.assert_fails(failures, "node2", "connect", "refused", "the host is named by cluster:3")
                self.assert_fails(failures, "nowhere", "resolve", "the host is named by cluster:4")
                self.assertEqual(len(failures), 2)
        self.assert_fails(self.failures("node1:1,nowhere:1"), "nowhere", "resolve", "named by --hosts, column 9")

    def test_a_closed_port(self):
        self.lab("reject", "node2", "tcp dport 22")
        self.addCleanup(self.lab, "clear", "node2")
        self.assert_fails(self.failures("node1:1,node2:1"), "node2", "connect", "refused")

    def test_a_host_that_is_switched_off(self):
        self.lab("unplug", "node2")
        self.addCleanup(self.lab, "plug", "node2")
        self.assert_fails(self.failures("node1:1,node2:1"), "node2", "connect")

    def test_an_unknown_host_key(self):
        self.forget_host_key("node2")
        self.assert_fails(self.failures("node1:1,node2:1"), "node2", "host key", "ssh")

    def test_a_changed_host_key(self):
        self.lab.shell("login", "cp .ssh/known_hosts known; sed -i '/^node2,/s/^[^ ]*/x/; s/^node1,/&node2,/' .ssh/known_hosts")
        self.addCleanup(self.lab.shell, "login", "mv known .ssh/known_hosts")
        self.assert_fails(self.failures("node1:1,node2:1"), "node2", "host key")

    def test_a_refused_key(self):
        self.refuse_key("node2")
        self.assert_fails(self.failures("node1:1,node2:1"), "node2", "auth", "refuses every key")

    def test_no_key_to_offer(self):
        self.lab.shell("login", "mv .ssh/id_ed25519 key")
        self.addCleanup(self.lab.shell, "login", "mv key .ssh/id_ed25519")
        self.assert_fails(self.failures("node1:1"), "node1", "auth", "there is no key to offer", "SSH_AUTH_SOCK")

    def test_a_program_that_one_host_lacks(self):
        self.remove_program("node2")
        self.assert_fails(self.failures("node1:1,node2:1"), "node2", "program", f"{PROGRAMS}/full_tree")

    def test_a_login_shell_that_ends_early(self):
        self.lab.shell("node2", "echo 'echo closed for today; exit 1' >.bashrc")
        self.addCleanup(self.lab.shell, "node2", "rm .bashrc")
        self.assert_fails(self.failures("node1:1,node2:1"), "node2", "shell", "closed for today")

    def test_all_hosts_are_tried_and_all_failures_shown(self):
        self.forget_host_key("node1")
        self.refuse_key("node2")
        self.remove_program("node3")
        failures = self.failures("login:1,node1:1,node2:1,node3:1,nowhere:1")
        self.assertEqual({host: step for host, (step, _) in failures.items()},
                         {"node1": "host key", "node2": "auth", "node3": "program", "nowhere": "resolve"})


if __name__ == "__main__":
    hosts.main()
