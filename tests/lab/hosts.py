"""What the lab tests share: a lab of real hosts with the programs on them, jobs in it, and waiting with deadlines.

SCOOP_BIN names the folder with scoop-run; the examples and the test programs lie in its folders. Every test class has
a lab of its own. Jobs are started by the user `lab` on the host `login`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "batch"))
import document

BIN = os.environ["SCOOP_BIN"]
SCRIPT = os.path.join(os.path.dirname(__file__), "..", "..", "scripts", "lab")
PROGRAMS = "/home/lab/bin"  # on every host
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
PATIENCE = 120  # seconds until a test that waits in vain gives up, on a slow machine with other work too


def wait_until(condition, what, limit=PATIENCE):
    """Polls until condition() is true; fails with `what` (a text, or a function that makes it) after `limit` seconds.

    A look that takes long, since the machine has other work, counts as half a second: so the job gets more time, too."""
    waited, last = 0, time.monotonic()
    while not condition():
        if waited > limit:
            raise AssertionError(f"waited {limit} s in vain: {what() if callable(what) else what}")
        time.sleep(0.05)
        now = time.monotonic()
        waited, last = waited + min(now - last, 0.5), now


class Lab:
    """A lab that ends with this object, and, by its lifeline, with this process at the latest."""

    def __init__(self, nodes):
        self.nodes = [f"node{k}" for k in range(1, nodes + 1)]
        self.hosts = ["login", *self.nodes]
        self.folder = tempfile.mkdtemp(prefix="scoop-lab-")
        self.environment = {**os.environ, "SCOOP_LAB": self.folder}
        self.supervisor = subprocess.Popen([SCRIPT, "serve", str(nodes)], stdin=subprocess.PIPE,
                                           stdout=subprocess.PIPE, text=True, env=self.environment)
        if self.supervisor.stdout.readline() != "ready\n":
            raise AssertionError("the lab did not start")

    def end(self):
        """Ends every process of the lab and waits for that."""
        self.supervisor.stdin.close()
        self.supervisor.wait(PATIENCE)
        self.supervisor.stdout.close()

    def __call__(self, *command):
        """Runs a command of scripts/lab."""
        done = subprocess.run([SCRIPT, *map(str, command)], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE)
        if done.returncode != 0:
            raise AssertionError(f"lab {' '.join(map(str, command))}: {done.stdout}{done.stderr}")
        return done.stdout

    def on(self, host, *command, user="lab", timeout=PATIENCE, **options):
        """Runs a command on a host to its end and returns what subprocess.run does."""
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([SCRIPT, "exec", "-u", user, host, *map(str, command)], env=self.environment,
                              capture_output=True, text=True, timeout=timeout, **options)

    def shell(self, host, text, user="lab"):
        """What a shell script that must succeed on a host prints."""
        done = self.on(host, "sh", "-c", text, user=user)
        if done.returncode != 0:
            raise AssertionError(f"{host}: {text}: status {done.returncode}: {done.stderr}")
        return done.stdout

    def start(self, host, *command, **options):
        """Starts a command on a host as the user `lab` and returns the Popen object."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen([SCRIPT, "exec", "-u", "lab", host, *map(str, command)], env=self.environment,
                                text=True, **options)

    def processes(self, host):
        """The processes of the user `lab` on a host, zombies apart, as {pid: (parent, arguments)}."""
        listing = self.on(host, "ps", "-u", "lab", "-o", "pid=,ppid=,stat=,args=", user="root").stdout
        rows = (line.split(None, 3) for line in listing.splitlines())
        return {int(pid): (int(parent), arguments) for pid, parent, state, arguments in rows if state[0] != "Z"}


def role_processes(processes, program):
    """The pids of a host's guardian, node process and workers, from their places in the tree."""
    ours = {pid: parent for pid, (parent, arguments) in processes.items()
            if os.path.basename(arguments.split()[0]) == program}
    guardians = [pid for pid, parent in ours.items() if parent not in ours]
    nodes = [pid for pid, parent in ours.items() if parent in guardians]
    workers = [pid for pid, parent in ours.items() if parent in nodes]
    return {"guardian": guardians, "node": nodes, "worker": workers}


class LabTest(unittest.TestCase):
    """Tests on hosts that have the programs; NODES says how many."""

    NODES = 2

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(cls.NODES)
        cls.addClassCleanup(cls.lab.end)
        cls.lab("put", "login", f"{BIN}/scoop-run", PROGRAMS)
        cls.lab("put", "all", f"{BIN}/tests/probe", *(f"{BIN}/examples/{name}" for name in ("full_tree", "uts")),
                PROGRAMS)

    def tearDown(self):
        try:
            self.assert_nothing_left()
        except Exception:
            self.kill_all()
            raise

    def kill_all(self):
        """What a test that failed has left does not disturb the next one."""
        for host in self.lab.hosts:
            self.lab.on(host, "sh", "-c", "pkill -KILL -u lab; "
                        "find /tmp -mindepth 1 -maxdepth 1 ! -name 'slurm*' -exec rm -rf {} +", user="root")

    def all_hosts(self, workers):
        """A host list with every node of the lab."""
        return ",".join(f"{node}:{workers}" for node in self.lab.nodes)

    def scoop_run(self, *arguments, **options):
        """A job from start to end."""
        return self.lab.on("login", f"{PROGRAMS}/scoop-run", *arguments, **options)

    def start_job(self, *arguments, **options):
        """A job that goes on; the test's end closes its pipes, the lab's end what is left of it."""
        job = self.lab.start("login", f"{PROGRAMS}/scoop-run", *arguments, **options)
        self.addCleanup(lambda: ([pipe.close() for pipe in (job.stdin, job.stdout, job.stderr) if pipe],
                                 job.wait(PATIENCE)))
        return job

    def wait_for_error(self, job, text):
        """Reads what a job says until this has come."""
        lines = []
        while text not in (line := job.stderr.readline()):
            lines.append(line)
            self.assertNotEqual(line, "", lines)

    def put_documented_script(self, system):
        """The script of docs/batch.md in /shared, with the program that it starts beside it: a command that goes there
        and finds scoop-run."""
        script = document.script_for(system)
        self.lab.shell("login", f"ln -sf {PROGRAMS}/full_tree /shared/myapp\n"
                                f"cat >/shared/job.sh <<'END'\n{script}END\n")
        self.addCleanup(self.lab.shell, "login", "rm -f /shared/myapp /shared/job.sh")
        return f"cd /shared && PATH={PROGRAMS}:$PATH"

    # Faults until the end of the test.

    def forget_host_key(self, node):
        self.lab.shell("login", f"cp .ssh/known_hosts known; sed -i '/^{node},/d' .ssh/known_hosts")
        self.addCleanup(self.lab.shell, "login", "mv known .ssh/known_hosts")

    def refuse_key(self, node):
        self.lab.shell(node, "mv .ssh/authorized_keys keys")
        self.addCleanup(self.lab.shell, node, "mv keys .ssh/authorized_keys")

    def remove_program(self, node, program="full_tree"):
        self.lab.shell(node, f"mv {PROGRAMS}/{program} away", user="root")
        self.addCleanup(self.lab.shell, node, f"mv away {PROGRAMS}/{program}", user="root")

    def refuse_call_back(self, node):
        """The host cannot connect to anybody; SSH to it works."""
        self.lab("reject", node, "tcp flags & (syn | ack) == syn tcp dport != 22")
        self.addCleanup(self.lab, "clear", node)

    def unplug(self, node):
        self.lab("unplug", node)
        self.addCleanup(self.lab, "plug", node)

    def left_over(self):
        """What jobs left on the hosts that are up: processes, and files in /tmp."""
        found = {}
        for host in (line.split()[0] for line in self.lab("list").splitlines() if line.endswith(" up")):
            files = self.lab.shell(host, "ls -A /tmp", user="root").split()
            processes = [f"{pid} {arguments}" for pid, (_, arguments) in self.lab.processes(host).items()]
            if files or processes:
                found[host] = files + processes
        return found

    def assert_nothing_left(self, limit=10):
        """Within the ten seconds that are promised, whatever has ended the job."""
        wait_until(lambda: not self.left_over(), lambda: f"left over: {self.left_over()}", limit)


def main():
    """Runs the tests of the script that calls this."""
    if os.geteuid() != 0:
        # A password cannot be asked for here, and sudo clears the environment.
        if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
            ours = [f"{name}={value}" for name, value in os.environ.items() if name.startswith("SCOOP_")]
            os.execvp("sudo", ["sudo", "-n", "env", *ours, sys.executable, *sys.argv])
        print("skipped: a lab of hosts needs root, or sudo without a password")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
