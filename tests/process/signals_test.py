"""What signals do to a job, and what scoop-run says of it."""

import os
import pty
import resource
import select
import signal

import launch
from launch import PROBE, SCOOP_RUN, JobTest, descendants, role_of, states, wait_until


class Signals(JobTest):
    def listening(self, *options):
        job = self.start_job("-n", 2, *options, PROBE, "name-signals")
        self.wait_for_line(job, "listening")
        return job

    def workers(self, job):
        return [pid for pid in job.seen if role_of(pid) == "worker"]

    def test_signals_of_the_users_own_reach_the_root_and_nobody_else(self):
        job = self.listening()
        for number, name in ((signal.SIGUSR1, "USR1"), (signal.SIGUSR2, "USR2"), (signal.SIGUSR1, "USR1"),
                             (signal.SIGXCPU, "XCPU"), (signal.SIGURG, "URG")):
            os.kill(job.pid, number)
            self.assertEqual(job.stdout.readline(), name + "\n")
        self.assertEqual(launch.alive(self.workers(job)), self.workers(job))
        os.kill(job.pid, signal.SIGTERM)
        self.assertEqual(job.stdout.read(), "TERM\n")
        self.assertEqual(job.wait(launch.PATIENCE), 7)

    def test_signals_that_a_batch_system_sends_to_every_process_mean_something_to_the_root_only(self):
        job = self.listening()
        root = min(self.workers(job))  # started in the order of their ranks
        everyone = [pid for pid in job.seen if pid != root]
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU):
            for pid in everyone:
                os.kill(pid, number)
        os.kill(root, signal.SIGUSR1)
        self.assertEqual(job.stdout.readline(), "USR1\n")
        self.assertEqual(launch.alive(job.seen), job.seen)
        os.kill(job.pid, signal.SIGTERM)
        self.assertEqual(job.stdout.read(), "TERM\n")
        self.assertEqual(job.wait(launch.PATIENCE), 7)

    def test_a_limit_on_cpu_time_that_the_program_does_not_know_ends_the_job(self):
        job = self.start_job("-n", 2, PROBE, "sleep", 1000)
        self.wait_for_line(job, "sleeping")
        os.kill(job.pid, signal.SIGXCPU)
        self.assertEqual(job.wait(launch.PATIENCE), 128 + signal.SIGXCPU)

    def test_a_worker_that_is_over_its_own_limit_of_cpu_time_ends(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (1, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        job = launch.scoop_run("-n", 2, "--root-works", "no", PROBE, "work", preexec_fn=limit)
        self.assertIn(f"killed by signal {signal.SIGXCPU.value}", job.stderr)

    def test_a_hangup_ends_the_job_in_the_programs_own_way_and_saying_it_again_changes_nothing(self):
        job = self.listening("--stop-grace", 1000)
        os.kill(job.pid, signal.SIGHUP)
        os.kill(job.pid, signal.SIGHUP)
        self.assertEqual(set(job.stdout.read().split()), {"HUP"})
        self.assertEqual(job.wait(launch.PATIENCE), 7)

    def test_the_first_ctrl_c_tells_what_runs_and_the_second_kills(self):
        job = self.listening("-H", "localhost:2", "--stop-grace", 1000)
        os.kill(job.pid, signal.SIGINT)
        self.assertEqual(job.stdout.readline(), "INT\n")
        self.assertEqual(job.stderr.readline(),
                         "scoop-run: SIGINT: the job is ending; it has 1000 s, a second signal kills it at once, a third "
                         "one leaves without waiting for that\n")
        self.assertRegex(job.stderr.readline(), r"^scoop-run: after \d+(\.\d+)? s there run ranks 0-1 on localhost$")
        os.kill(job.pid, signal.SIGINT)
        self.assertEqual(job.wait(launch.PATIENCE), 130)
        self.assertEqual(job.stdout.read(), "")
        self.assertEqual(job.stderr.read(), "scoop-run: SIGINT: the job is killed; there run ranks 0-1 on localhost\n")
        self.assert_all_gone(job)

    def test_a_third_signal_leaves_and_the_rest_ends_by_itself(self):
        job = self.listening("--stop-grace", 1000)
        # A node that does not run cannot do what the second signal asks for.
        (node,) = [pid for pid in job.seen if role_of(pid) == "node"]
        os.kill(node, signal.SIGSTOP)
        for said in ("the job is ending", "the job is killed", ""):
            os.kill(job.pid, signal.SIGINT)
            # Signals of one kind that nobody has taken yet are one signal.
            while said not in job.stderr.readline():
                pass
        self.assertEqual(job.wait(launch.PATIENCE), 130)
        self.assert_all_gone(job)

    def test_suspending_stops_all_workers_after_the_root_was_asked_and_continuing_continues_them(self):
        job = self.listening()
        workers = self.workers(job)
        os.kill(job.pid, signal.SIGTSTP)
        self.assertEqual(job.stdout.readline(), "TSTP\n")
        wait_until(lambda: states(workers) == {"T"}, lambda: f"stopped workers: {states(workers)}")
        os.kill(job.pid, signal.SIGCONT)
        wait_until(lambda: "T" not in states(workers), "the workers to go on")
        os.kill(job.pid, signal.SIGUSR1)
        self.assertEqual(job.stdout.readline(), "USR1\n")
        self.assertEqual(job.stderr.readline(), "scoop-run: the job is suspended until SIGCONT comes (fg, bg)\n")
        self.assertEqual(job.stderr.readline(), "scoop-run: the job goes on\n")

    def test_a_suspended_job_can_be_ended(self):
        job = self.listening("--stop-grace", 1000)
        os.kill(job.pid, signal.SIGTSTP)
        wait_until(lambda: states(self.workers(job)) == {"T"}, "the workers to stop")
        os.kill(job.pid, signal.SIGTERM)
        self.assertEqual(job.wait(launch.PATIENCE), 7)


class Shell:
    """An interactive bash on a terminal of its own."""

    def __init__(self):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(PS1="", TERM="dumb")
            os.execlp("bash", "bash", "--norc", "--noediting", "-i")
        self.text = ""

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, *texts):
        """Reads until all texts have come, in whatever order; they are dropped with what came before them."""
        while not all(text in self.text for text in texts):
            ready, _, _ = select.select([self.terminal], [], [], launch.PATIENCE)
            more = os.read(self.terminal, 4096) if ready else b""
            if not more:
                raise AssertionError(f"waited in vain for {texts}, the terminal shows: {self.text}")
            self.text += more.decode()
        self.text = self.text[max(self.text.index(text) + len(text) for text in texts):]

    def end(self):
        for pid in (*descendants(self.pid), self.pid):
            launch.kill(pid)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Terminal(JobTest):
    def test_ctrl_z_stops_a_job_and_fg_lets_it_go_on(self):
        shell = Shell()
        self.addCleanup(shell.end)
        for piped in ("", " | cat"):  # the root on the terminal, and away from it
            with self.subTest(piped=piped):
                shell.type(f"'{SCOOP_RUN}' -n 2 '{PROBE}' name-signals{piped}\n")
                shell.wait_for("listening\r\n")
                workers = [pid for pid in descendants(shell.pid) if role_of(pid) == "worker"]
                self.assertEqual(len(workers), 2)
                shell.type("\x1a")
                shell.wait_for("Stopped")
                wait_until(lambda: states(workers) == {"T"}, lambda: f"stopped workers: {states(workers)}")
                shell.type("fg\n")
                shell.wait_for("the job goes on")
                wait_until(lambda: "T" not in states(workers), "the workers to go on")
                shell.type("\x03")
                # Ctrl-C ends cat too, and then the job ends as its reader has left. Two signals that come at once are one.
                shell.wait_for("the job is ending", *([] if piped else ["INT\r\n"]))
                if not piped:
                    shell.type("\x03")
                    shell.wait_for("the job is killed")
                wait_until(lambda: not launch.alive(workers), "the end")

    def test_a_job_in_the_background_stops_when_its_root_reads_the_terminal_and_goes_on_in_front(self):
        shell = Shell()
        self.addCleanup(shell.end)
        shell.type(f"'{SCOOP_RUN}' -n 2 '{PROBE}' cat &\n")
        shell.wait_for("the job is suspended")
        processes = descendants(shell.pid)
        stopped = [pid for pid in processes if role_of(pid) in (None, "worker")]  # scoop-run itself is the last
        self.assertEqual(len(stopped), 3)
        wait_until(lambda: states(stopped) == {"T"}, lambda: f"scoop-run and its workers: {states(stopped)}")
        # fg would not continue a job of which bash does not know yet that it has stopped.
        shell.type("until [[ $(jobs) == *Stopped* ]]; do sleep 0.05; done; echo the shell reads $((6 * 7))\n")
        shell.wait_for("the shell reads 42")
        shell.type("fg; echo status $?\n")
        shell.wait_for("the job goes on")
        shell.type("for the root\n")
        shell.wait_for("read for the root")
        shell.type("\x04")
        shell.wait_for("status 0")


if __name__ == "__main__":
    launch.main()
