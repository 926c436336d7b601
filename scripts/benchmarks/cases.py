"""What scripts/bench runs: one Case for each program and number of workers, scoop's and the others'."""
import json
import pathlib
import re
import shutil
from dataclasses import dataclass
from typing import Callable

from benchmarks.figures import OURS
from benchmarks.targets import EMPTY, FIB, GRAINS, IN_PROGRAM, IN_TASK, QUEENS

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ROOT / "tests/benchmarks"

FIRST_TIME = ", the first time"  # of what is measured again and again

# The workload of each figure, for programs that measure several.
WORKLOADS = {
    "100 k elements": "W1", "10 M elements": "W1", IN_TASK: "W1b", "median": "W2", "99th percentile": "W2", FIB: "W3",
    QUEENS: "W4", **dict.fromkeys(GRAINS, "W7"), "4 MiB arguments there": "W5", "4 MiB results back": "W5", "64 MiB constant to all workers": "W6",
}
KINDS = {"openmpi": "Open MPI", "mpich": "MPICH"}  # of MPI, which may be installed side by side
TREES = {  # of docs/examples/uts: how many nodes each has, and the options that make it
    "T1": (4_130_071, ()),
    "T3": (4_112_897, ("-t", "0", "-b", "2000", "-q", "0.124875", "-m", "8", "-r", "42")),
}


def json_lines(output, _seconds):
    figures = [json.loads(line) for line in output.splitlines()]
    return [(figure["what"], figure["value"], figure["unit"]) for figure in figures]


def time_of(what):
    return lambda _output, seconds: [(what, seconds, "s")]


def rate_of_tree(name, nodes):
    def read(output, _seconds):
        counted, rate = re.search(r"(\d+) nodes,(?s:.*) ([0-9.e+-]+) million nodes a second", output).groups()
        if int(counted) != nodes:
            raise ValueError(f"{counted} nodes instead of {nodes}")
        return [(name, float(rate) * 1e6, "nodes/s")]
    return read


def busy_of_simulation(output, _seconds):
    return [("tree of tasks of 1 ms, 1000 simulated hosts", json.loads(output)["busy_percent"], "% busy")]


@dataclass(frozen=True)
class Case:
    """One command to run, and how the figures are read from what it prints and how long it takes."""
    workloads: tuple  # of its figures
    system: str
    workers: int
    command: tuple
    read: Callable = json_lines  # (output, seconds) to a list of (what, value, unit)
    figures: tuple = ()  # only these of them; empty: all
    needs: tuple = ()  # programs without which it is left out
    needs_lab: bool = False  # the hosts of lab_hosts
    once: bool = False  # the same each time, and long: one run is enough, and only if asked for

    def __str__(self):
        return f"{', '.join(self.workloads)} {self.system}, {self.workers} workers"

    def workload_of(self, what):
        return self.workloads[0] if len(self.workloads) == 1 else WORKLOADS[what.removesuffix(FIRST_TIME)]

    def missing(self):
        """The programs that it needs and that are not there."""
        return [str(program) for program in self.needs if shutil.which(program) is None]


class Scoop:
    """Makes the cases of scoop, of the programs in a build directory."""

    def __init__(self, build):
        self.bin = build / "bin"

    def __call__(self, workload, program, workers, *options, arguments=(), **rest):
        command = (self.bin / "scoop-run", "-n", workers, *options, self.bin / program, *arguments)
        return Case((workload,), OURS, workers, tuple(map(str, command)), **rest)

    def benchmark(self, workload, program, workers, *options, **rest):
        return self(workload, f"benchmarks/{program}", workers, *options, **rest)

    def all(self):
        benchmark, broker_only = self.benchmark, ("--root-works", "no")
        simulation = (str(self.bin / "scale_simulation"), "hosts=1000", "workers=64", "shape=tree", "seconds=5")
        return [
            *(benchmark("W1", "map_noop", workers) for workers in (1, 2)),
            *(benchmark("W1b", "submit_noop", workers) for workers in (1, 2)),
            *(benchmark("W1c", "submit_noop", workers, *broker_only, figures=(IN_PROGRAM,))
              for workers in (2, 4, 8, 16)),
            benchmark("W2", "latency", 2, *broker_only),
            benchmark("W2", "ping", 2, *broker_only),
            *(benchmark("W3", "fib", workers) for workers in (1, 2)),
            *(benchmark("W4", "queens", workers) for workers in (1, 2)),
            benchmark("W5", "payload", 2, *broker_only),
            benchmark("W6", "constant", 2),
            benchmark("W7", "speedup", 2),
            benchmark("W7", "loops", 2),
            *(self("uts", "examples/uts", workers, arguments=options, read=rate_of_tree(name, nodes))
              for name, (nodes, options) in TREES.items() for workers in (1, 2)),
            *(benchmark("words", "words", workers) for workers in (1, 2)),
            *(benchmark("W8", "empty", workers, read=time_of(EMPTY)) for workers in (2, 8, 32)),
            benchmark("W9", "idle_memory", 4),
            Case(("scale",), OURS, 64_000, simulation, once=True, read=busy_of_simulation),
        ]


class Peers:
    """Makes the cases of the others: programs that print the same lines."""

    def __init__(self, build):
        self.programs = build / "bin/benchmarks"

    def onetbb(self, threads):
        program = str(self.programs / "peer_onetbb")
        return Case(("W1", "W1b", "W3", "W4", "W7"), "oneTBB", threads, (program, str(threads)), needs=(program,))

    def zmq(self):
        program = str(self.programs / "peer_zmq_path")
        return Case(("W2",), "bare ZeroMQ", 2, (program,), needs=(program,))

    def fork(self):
        program = str(self.programs / "peer_fork")
        return Case(("W7",), "bare fork", 2, (program,), needs=(program,))

    def mpi(self, kind, workers, program, workloads, **rest):
        program = str(self.programs / f"peer_mpi_{program}.{kind}")
        command = (*mpirun(kind, workers), program)
        return Case(workloads, KINDS[kind], workers, command, needs=(command[0], program), **rest)

    def mpi4py(self):
        command = (*mpirun("openmpi", 2), "/usr/bin/python3", "-m", "mpi4py.futures", str(SOURCES / "peer_mpi4py.py"))
        return Case(("W1", "W2"), "mpi4py", 2, command, needs=("mpirun.openmpi",))

    def dask(self):
        return Case(("W1", "W2"), "Dask", 2, ("/usr/bin/python3", str(SOURCES / "peer_dask.py"), "2"))

    def all(self):
        return [
            *(self.onetbb(threads) for threads in (1, 2)),
            self.zmq(),
            self.fork(),
            *(self.mpi(kind, 2, "farm", ("W1", "W2", "W5", "W6")) for kind in KINDS),
            *(self.mpi(kind, workers, "empty", ("W8",), read=time_of(EMPTY))
              for kind in KINDS for workers in (2, 8, 32)),
            self.mpi4py(),
            self.dask(),
        ]


def mpirun(kind, workers, *where):
    # Root may run it, and there may be more processes than cores.
    options = ("--allow-run-as-root", "--oversubscribe") if kind == "openmpi" else ()
    return (f"mpirun.{kind}", *options, *where, "-n", str(workers))


def cases_here(build):
    """All that run on this machine as it is."""
    return [*Scoop(build).all(), *Peers(build).all()]
