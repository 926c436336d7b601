#!/usr/bin/env python3
"""--check finds what is wrong with each host, and --on-host-failure continue starts the job on the others."""
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
        status, rows, below = self.table("--tunnel", "never", "-H", "node1,node2,node3,node4,node5,nowhere")
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

    def test_a_program_that_is_missing_here_too_is_shown_for_each_host(self):
        for program, said in (("/nonexistent/program", "there is no /nonexistent/program on this host"),
                              ("/etc/hostname", "/etc/hostname")):
            check = self.scoop_run("--check", "-H", "login,node1", program)
            self.assertEqual((check.returncode, check.stderr), (120, ""), check.stdout)
            self.assertIn(said, check.stdout)
            self.assertEqual(len([row for row in check.stdout.splitlines() if "BAD" in row]), 2, check.stdout)

    def test_nothing_of_the_program_runs(self):
        self.table("-H", "node1,node2", "--wrap", "all", "touch /home/lab/ran")
        for node in ("node1", "node2"):
            self.assertEqual(self.lab.shell(node, "ls -A | grep ran || true"), "")

    def test_a_job_goes_on_without_the_hosts_that_fail(self):
        self.remove_program("node1", "probe")
        self.unplug("node3")
        job = self.scoop_run("--on-host-failure", "continue", "-H", "node1:2,node2:1,node3:2,node4:2", "-v",
                             f"{PROGRAMS}/probe", "surroundings")
        self.assertEqual((job.returncode, len(job.stdout.splitlines())), (0, 3), job.stderr)
        self.assertIn("scoop-run: the job goes on without 2 of 4 hosts\n", job.stderr)
        self.assertIn("there is no", job.stderr)
        self.assertIn("node2: rank 0\n", job.stderr)
        self.assertIn("node4: ranks 1 to 2\n", job.stderr)

    def test_input_goes_to_the_host_that_runs_the_root_instead(self):
        self.remove_program("node1", "probe")
        self.lab.shell("login", "echo hello >lines")
        self.addCleanup(self.lab.shell, "login", "rm lines")
        job = self.lab.on("login", "sh", "-c", f"{PROGRAMS}/scoop-run -q --on-host-failure continue "
                          f"-H node1:2,node2:1 {PROGRAMS}/probe cat <lines")
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "read hello\nend of input\n", ""))

    def test_a_host_that_fails_with_its_ranks_placed_is_missing_from_the_job(self):
        self.refuse_call_back("node2")
        job = self.scoop_run("--on-host-failure", "continue", "--tunnel", "never", "-H", "node1:2,node2:2,node3:2",
                             f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)
        self.assertIn("scoop-run: the job goes on without 1 of 3 hosts\n", job.stderr)
        self.assertIn("reach the root broker of scoop-run", job.stderr)

    def test_a_job_without_any_host_does_not_start(self):
        self.remove_program("node1", "probe")
        job = self.scoop_run("--on-host-failure", "continue", "-H", "node1:1", f"{PROGRAMS}/probe", "exit", 0)
        self.assertEqual((job.returncode, job.stdout), (127, ""))
        self.assertIn("the job did not start: 1 of 1 host failed", job.stderr)

    def change_host_key(self, node):
        self.lab.shell("login", f"cp .ssh/known_hosts known; sed -i '/^{node},/s/^[^ ]*/x/; s/^node1,/&{node},/' "
                       ".ssh/known_hosts")
        self.addCleanup(self.lab.shell, "login", "mv known .ssh/known_hosts")


if __name__ == "__main__":
    hosts.main()
