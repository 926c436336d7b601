"""The start of a job on 32 hosts over SSH: a lab on this machine (scripts/lab), and what is run in it."""
import contextlib
import os
import pathlib
import subprocess
import tempfile

from benchmarks.cases import KINDS, ROOT, Case, mpirun, time_of
from benchmarks.figures import OURS
from benchmarks.targets import EMPTY_ON_HOSTS

LAB = ROOT / "scripts/lab"
FOLDER = pathlib.Path(tempfile.gettempdir()) / f"scoop-bench-lab-{os.getpid()}"  # of this run's lab
NODES = [f"node{number}" for number in range(1, 33)]
PROGRAMS = "/shared/bin"  # a folder that all hosts see, as of a file server
SECONDS_TO_END_MAX = 60


def lab_cases():
    """Those that need the lab. Each is timed with what scripts/lab takes to get there, some hundredths of a second."""
    def on_login(system, *command):
        enter = ("env", f"SCOOP_LAB={FOLDER}", str(LAB), "exec", "-u", "lab", "login")
        return Case(("W8",), system, len(NODES), (*enter, *command), read=time_of(EMPTY_ON_HOSTS), needs_lab=True)

    hosts = ",".join(NODES)
    one_each = ",".join(f"{node}:1" for node in NODES)  # as mpirun has it; scoop-run takes all CPUs otherwise
    return [on_login(OURS, f"{PROGRAMS}/scoop-run", "-H", one_each, f"{PROGRAMS}/empty"),
            *(on_login(system, *mpirun(kind, len(NODES), "-host", hosts), f"{PROGRAMS}/peer_mpi_empty.{kind}")
              for kind, system in KINDS.items())]


def programs(build):
    """Those of the build directory that the cases run and that are there."""
    names = ("scoop-run", "benchmarks/empty", *(f"benchmarks/peer_mpi_empty.{kind}" for kind in KINDS))
    return [str(build / "bin" / name) for name in names if (build / "bin" / name).exists()]


@contextlib.contextmanager
def running_lab(build):
    """The lab with these programs on its hosts; it ends with this process at the latest.

    Where it cannot be started the cases that need it fail one by one, and the others are measured all the same.
    """
    environment = {**os.environ, "SCOOP_LAB": str(FOLDER)}
    supervisor = subprocess.Popen([LAB, "serve", str(len(NODES))], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True, env=environment)
    try:
        if supervisor.stdout.readline() == "ready\n":
            subprocess.run([LAB, "put", "login", *programs(build), PROGRAMS], env=environment, check=True)
        yield
    finally:
        supervisor.stdin.close()
        supervisor.wait(SECONDS_TO_END_MAX)
        supervisor.stdout.close()
