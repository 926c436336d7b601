#!/usr/bin/env python3
"""--check finds what is wrong with each host."""
import hosts
from hosts import PROGRAMS


class Checks(hosts.LabTest):
    NODES = 5

    def table(self, *options):
        """Runs a check; returns its status, the words of each host's row, and what stands below the table."""
        check = self.scoop_run("--check", *options, f"{PROGRAMS}/probe", "exit", 3)
        self.assertEqual(check.stderr, "")
        lines = check.stdout.splitlines()
        end = next(k for k, line in enumerate(lines) if not line or line.endswith("fine."))
        titles = lines[0].split()[1:]
        rows = {line.split()[0]: dict(zip(titles, line.split()[1:])) for line in lines[1:end]}
        return check.returncode, rows, "\n".join(lines[end:])

    def test_hosts_that_are_fine(self):
        status, rows, below = self.table("-n", 1, "-H", "login,node1,node2")
        self.assertEqual((status, below), (0, "All 3 hosts are fine."))
        steps = ("name", "tcp", "key", "auth", "shell", "prog", "libs", "version", "dir", "broker")
        self.assertEqual([rows["node1"][step] for step in steps], ["ok"] * 10)
        self.assertEqual([rows["login"][step] for step in steps], ["-"] * 5 + ["ok"] * 5)
        for row in rows.values():
            self.assertLess(abs(float(row["clock"])), 5)

    def test_each_fault_is_found_at_its_step(self):
        self.change_host_key("node2")
        self.remove_program("node3", "probe")
        self.unplug("node4")
        self.refuse_call_back("node5")
        status, rows, below = self.table("-H", "node1,node2,node3,node4,node5,nowhere")
        self.assertEqual(status, 120)
        failed = {host: [step for step, word in row.items() if word == "BAD"] for host, row in rows.items()}
        self.assertEqual(failed, {"node1": [], "node2": ["key"], "node3": ["prog"], "node4": ["tcp"],
                                  "node5": ["broker"], "nowhere": ["name"]})
        self.assertEqual([word for word in rows["node1"].values()].count("ok"), 10)
        self.assertEqual((rows["node5"]["CPUs"], rows["node3"]["CPUs"]), (rows["node1"]["CPUs"], "-"))
        self.assertIn("5 of 6 hosts failed:", below)
        for words in ("the host key is not the one in known_hosts", "ssh-keygen -R node2",
                      f"there is no {PROGRAMS}/probe on this host", "copy the program", "is the host up",
                      "reach the root broker of scoop-run", "getent hosts nowhere"):
            self.assertIn(words, below)

    def test_nothing_of_the_program_runs(self):
        self.table("-H", "node1,node2", "--wrap", "all", "touch /home/lab/ran")
        for node in ("node1", "node2"):
            self.assertEqual(self.lab.shell(node, "ls -A | grep ran || true"), "")

    def change_host_key(self, node):
        self.lab.shell("login", f"cp .ssh/known_hosts known; sed -i '/^{node},/s/^[^ ]*/x/; s/^node1,/&{node},/' "
                       ".ssh/known_hosts")
        self.addCleanup(self.lab.shell, "login", "mv known .ssh/known_hosts")


if __name__ == "__main__":
    hosts.main()
