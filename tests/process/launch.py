"""What the process tests share: starting scoop-run and the probe program, and waiting with deadlines.

SCOOP_BIN names the folder with scoop-run; the probe and the other test programs lie in its folder tests.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "batch"))
import document

BIN = os.environ["SCOOP_BIN"]
SCOOP_RUN = os.path.join(BIN, "scoop-run")
PROBE = os.path.join(BIN, "tests", "probe")
IS_SANITIZED = "SCOOP_SANITIZED" in os.environ  # slow, keeps what is freed, has threads of its own
# Whoever runs the tests may have defaults of their own.
os.environ.pop("SCOOP_RUN_OPTIONS", None)
# Sanitized builds on a loaded machine are slow; a test that hangs still ends.
PATIENCE = float(os.environ.get("SCOOP_PATIENCE", "120"))
with open("/proc/sys/kernel/pid_max", encoding="ascii") as pid_max:
    PIDS = int(pid_max.read())


def scoop_run(*arguments, **options):
    """Runs scoop-run to its end; text in and out. stdin is empty unless given."""
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("timeout", PATIENCE)
    return subprocess.run([SCOOP_RUN, *map(str, arguments)], capture_output=True, text=True, **options)


def run_documented_script(system, environment, folder):
    """The script for a batch system in docs/batch.md, as that runs it: in this folder, with scoop-run in PATH."""
    script = os.path.join(folder, "job.sh")
    with open(script, "w", encoding="utf-8") as file:
        file.write(document.script_for(system))
    os.symlink(os.path.join(BIN, "examples", "full_tree"), os.path.join(folder, "myapp"))
    return subprocess.run(["bash", script], env={**environment, "PATH": BIN + ":" + environment["PATH"]}, cwd=folder,
                          capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL, check=False)


def start(*arguments, **options):
    """Starts scoop-run in a session of its own and returns the Popen object."""
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen([SCOOP_RUN, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, start_new_session=True, **options)


def wait_until(condition, what, limit=PATIENCE):
    """Polls until condition() is true; fails with `what` (a text, or a function that makes it) after `limit` seconds.

    A look that takes long, since the machine has other work, counts as 50 ms: so the job gets more time, too."""
    waited, last = 0, time.monotonic()
    while not condition():
        if waited > limit:
            raise AssertionError(f"waited in vain: {what() if callable(what) else what}")
        time.sleep(0.01)
        now = time.monotonic()
        waited, last = waited + min(now - last, 0.05), now


class Pid(int):
    """The number of a process, which on a busy machine is soon another's: it knows when it was started.

    Of two processes of one job the one that was started first is the smaller, though numbers begin again at some point.
    """
    started = 0

    def __lt__(self, other):
        return 0 < (int(other) - int(self)) % PIDS < PIDS / 2

    def __gt__(self, other):
        return Pid(other) < self


def processes():
    """All processes as {Pid: (parent, state, arguments)}."""
    table = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="latin-1") as file:
                fields = file.read().rpartition(")")[2].split()
            with open(f"/proc/{name}/cmdline", encoding="latin-1") as file:
                arguments = file.read().split("\0")[:-1]
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid = Pid(name)
        pid.started = int(fields[19])  # proc(5): the 22nd field, of which the name took the first two
        table[pid] = (int(fields[1]), fields[0], arguments)
    return table


def kill(pid):
    """SIGKILL for a process that may have ended by itself."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def signal_group(group, number):
    """To a process group that may have ended by itself."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def descendants(pid):
    """Pids below `pid`, as Pid, in no order."""
    table = processes()
    found = []
    level = [pid]
    while level:
        level = [child for child, (parent, _, _) in table.items() if parent in level]
        found += level
    return found


def role_of(pid):
    """'guardian', 'node' or 'worker' of a process of a job, from its place in the tree below scoop-run."""
    table = processes()
    depth = 0
    while pid in table and os.path.basename((table[pid][2] or [""])[0]) != "scoop-run":
        pid = table[pid][0]
        depth += 1
    return {1: "guardian", 2: "node", 3: "worker"}.get(depth)


def alive(pids):
    """Those of the pids that still run; a Pid's number may be another process's by now."""
    table = processes()
    started = {pid: pid.started for pid in table}
    return [pid for pid in pids
            if pid in table and table[pid][1] != "Z" and getattr(pid, "started", started[pid]) == started[pid]]


def job_socket(job):
    """The path of the socket by which others ask about this job."""
    for name in os.listdir(f"/proc/{job.pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            if os.readlink(path := f"/proc/{job.pid}/fd/{name}").endswith("/scoop-control (deleted)"):
                return path
    return None


def processor_seconds(pids):
    """What these processes have used of the processors since they were started."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
            total += sum(map(int, file.read().rpartition(")")[2].split()[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


def states(pids):
    """The states of those of the pids that are there, as letters of proc(5): "T" for stopped ones."""
    table = processes()
    return {table[pid][1] for pid in pids if pid in table}


class JobTest(unittest.TestCase):
    """A test with jobs: whatever it started is gone at its end, or the test fails."""

    def start_job(self, *arguments, **options):
        job = start(*arguments, **options)
        self.addCleanup(self.end_job, job)
        return job

    def end_job(self, job):
        for stream in (job.stdin, job.stdout, job.stderr):
            if stream is not None:
                stream.close()
        # Asked to end, it cleans up; what does not, has to be killed.
        job.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            job.wait(10)
        for pid in alive(getattr(job, "seen", []) + [job.pid]):
            kill(pid)
        job.wait()

    def wait_for_line(self, job, line):
        self.assertEqual(job.stdout.readline().rstrip("\n"), line)
        job.seen = descendants(job.pid)

    def assert_all_gone(self, job):
        """Within the ten seconds that are promised, whatever has ended the job."""
        wait_until(lambda: not alive(job.seen), lambda: f"processes left: {alive(job.seen)}", 10)

    def assert_comes_to_rest(self, job):
        """Some of its processes may still have to begin when it says that it sleeps."""
        def rests():
            before = processor_seconds(job.seen + [job.pid])
            time.sleep(5)  # the quantity measured is processor time over a while
            return processor_seconds(job.seen + [job.pid]) - before < 0.05
        wait_until(rests, "five seconds without processor time")


def main():
    unittest.main(verbosity=2, argv=sys.argv)
