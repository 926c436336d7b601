#!/usr/bin/env python3
"""Jobs over four hosts give the right answers."""
import hosts
from hosts import PROGRAMS


class Jobs(hosts.LabTest):
    NODES = 4

    def test_full_tree_on_four_hosts(self):
        job = self.scoop_run("-H", self.all_hosts(2), f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def test_an_unbalanced_tree_on_four_hosts(self):
        job = self.scoop_run("-H", self.all_hosts(2), f"{PROGRAMS}/uts", *"-t 1 -a 3 -d 10 -b 4 -r 19".split())
        self.assertEqual((job.returncode, job.stderr), (0, ""))
        self.assertIn("4130071 nodes, depth 10, 3305118 leaves", job.stdout)

    def test_the_whole_interface_on_two_hosts(self):
        programs = ("futures_test", "interface_test", "scoop_suite_test")
        for node in ("node1", "node2"):
            self.lab("put", node, *(f"{hosts.BIN}/tests/{program}" for program in programs), PROGRAMS)
        for program in programs:
            with self.subTest(program):
                job = self.scoop_run("-H", "node1:1,node2:2", f"{PROGRAMS}/{program}", timeout=3 * hosts.PATIENCE)
                self.assertEqual(job.returncode, 0, job.stdout + job.stderr)

    def test_a_wrapper_runs_the_program_on_its_host(self):
        job = self.scoop_run("-H", "node1:2,node2:2", "--wrap", "1,3", "env MARK=yes", f"{PROGRAMS}/probe",
                             "surroundings", "MARK")
        self.assertEqual((job.returncode, job.stderr), (0, ""))
        self.assertEqual([line.partition(" MARK")[2] for line in job.stdout.splitlines()], ["", "=[yes]", "", "=[yes]"])

    def test_a_dry_run_prints_commands_that_reach_the_hosts(self):
        program = f"{PROGRAMS}/probe"
        odd = "it's $1; \\x"
        lines = self.scoop_run("--dry-run", "-H", "node1:1,node2:1", "-x", f"ODD={odd}", "--setup", "export SET='up'",
                               program, "surroundings", "ODD", "SET").stdout
        self.lab.shell("login", f"cat >commands <<'END'\n{lines}END\n")
        self.addCleanup(self.lab.shell, "login", "rm commands")
        done = self.lab.on("login", "sh", "commands")
        nice = self.lab.shell("node1", "nice").strip()
        self.assertEqual((done.returncode, done.stdout), (0, f"0: /home/lab nice {nice} ODD=[{odd}] SET=[up]\n" * 2),
                         lines + done.stderr)

    def hostfile(self, text):
        self.lab.shell("login", f"printf '%s\\n' '{text}' >hosts")
        self.addCleanup(self.lab.shell, "login", "rm hosts")
        return "hosts"

    def test_tasks_run_where_the_tags_they_need_are(self):
        hostfile = self.hostfile("node1 2 tags=disk\nnode2 2 tags=gpu,disk\nnode3 1\nnode4 1 tags=gpu")
        job = self.scoop_run("--hostfile", hostfile, f"{PROGRAMS}/probe", "needs", 0.5, "gpu")
        self.assertEqual(job.returncode, 0, job.stderr)
        counts = dict(line.split() for line in job.stdout.splitlines()[1:])
        self.assertEqual(set(counts), {"node2", "node4"}, job.stdout)
        job = self.scoop_run("--hostfile", hostfile, f"{PROGRAMS}/probe", "needs", 0.05, "gpu", "disk")
        self.assertEqual((job.returncode, job.stdout), (0, "submitted\nnode2 16\n"), job.stderr)

    def test_needs_that_no_host_meets_are_refused(self):
        hostfile = self.hostfile("node1 1\nnode2 1 tags=gpu\nnode3 1 tags=disk")
        job = self.scoop_run("--hostfile", hostfile, f"{PROGRAMS}/probe", "needs", 0.05, "gpu", "disk")
        self.assertEqual(job.returncode, 1, job.stdout)
        self.assertIn("no host of this job carries all that the task needs (gpu, disk); the hostfile has the tags disk, gpu",
                      job.stderr)

    def test_the_workers_of_other_hosts_find_what_was_asked_for(self):
        for node in ("node1", "node2"):
            self.lab.shell(node, f"mkdir 'my dir'; ln -s {PROGRAMS}/probe \"probe.$(uname -m)\"")
            self.lab.shell(node, r"printf 'module() { export MODULE=$1; echo loading; }\n' >.bash_profile")
            self.addCleanup(self.lab.shell, node, "rm -r 'my dir' probe.* .bash_profile")
        hostfile = self.hostfile("node1 1 exe=/home/lab/probe.{arch}\n"
                                 "node2 1 exe=/home/lab/probe.{arch} nice=9 env.A=two")
        odd = " a\tb'\"$HOME`id`\\*;ü "
        job = self.scoop_run("--hostfile", hostfile, "-C", "/home/lab/my dir", "--setup", "module gcc", "--nice", 4,
                             "-x", f"ODD={odd}", "-x", "A=one", "probe", "surroundings", "MODULE", "ODD", "A")
        usual = int(self.lab.shell("node1", "nice"))
        four, nine = min(usual + 4, 19), min(usual + 9, 19)
        self.assertEqual((job.returncode, job.stdout),
                         (0, f"0: /home/lab/my dir nice {four} MODULE=[gcc] ODD=[{odd}] A=[one]\n"
                             f"1: /home/lab/my dir nice {nine} MODULE=[gcc] ODD=[{odd}] A=[two]\n"), job.stderr)

    def test_ranks_are_dealt_to_the_hosts_in_turn(self):
        job = self.scoop_run("-v", "-N", 2, "--map-by", "host", "-H", "node[1-4]:8", "--exclude", "node3",
                             f"{PROGRAMS}/probe", "topology")
        self.assertEqual(job.stdout, "rank 0 of 6 on node1, launched 1, hosts node1 node2 node4\n", job.stderr)
        self.assertIn("node2: ranks 1, 4\n", job.stderr)

    def test_a_setup_that_fails_is_told_for_its_host(self):
        hostfile = self.hostfile("node1 1\nnode2 1 setup=\"module gcc\"")
        job = self.scoop_run("--hostfile", hostfile, f"{PROGRAMS}/probe", "exit", 0)
        self.assertEqual(job.returncode, 120, job.stderr)
        self.assertIn("1 of 2 hosts failed", job.stderr)
        self.assertRegex(job.stderr, r"node2 +setup +the shell that runs the set-up exited with status 127\n.*module")

    def test_the_first_host_runs_the_root(self):
        job = self.scoop_run("-H", self.all_hosts(1), f"{PROGRAMS}/probe", "topology")
        self.assertEqual(job.stdout, "rank 0 of 4 on node1, launched 1, hosts node1 node2 node3 node4\n", job.stderr)

    def test_this_machine_and_others_work_together(self):
        job = self.scoop_run("-H", "login:2,node1:2", f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)

    def test_what_a_login_shell_prints_disturbs_nothing(self):
        for node in self.lab.nodes:
            self.lab.shell(node, r"printf 'echo welcome to %s\necho to stderr >&2\n' $HOSTNAME >.bashrc")
            self.addCleanup(self.lab.shell, node, "rm .bashrc")
        job = self.scoop_run("-H", self.all_hosts(2), f"{PROGRAMS}/full_tree")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)

    def test_tasks_on_every_host_sign_exactly_once(self):
        job = self.scoop_run("-H", self.all_hosts(2), f"{PROGRAMS}/probe", "sign", "/home/lab/signed", 80, 0.5)
        self.assertEqual(job.returncode, 0, job.stderr)
        signed = {node: self.lab.shell(node, "cat signed; rm signed").split() for node in self.lab.nodes}
        self.assertEqual(sorted(int(task) for tasks in signed.values() for task in tasks), list(range(80)))
        for node, tasks in signed.items():
            self.assertGreater(len(tasks), 0, node)


if __name__ == "__main__":
    hosts.main()
