"""What scoop shall reach, figure by figure, and whether it did.

A target is an absolute number, or a multiple of what something else reached in the same run.
"""
from dataclasses import dataclass
from typing import NamedTuple, Optional

from benchmarks.figures import OURS, advantage, median, readable


class Base(NamedTuple):
    """What a target is a multiple of: another system, or the same one with other workers or in another figure."""
    system: str
    workers: int = 2
    what: str = ""  # empty: the figure of the target


@dataclass(frozen=True)
class Target:
    workload: str
    what: str
    workers: int
    limit: float  # in the unit of the figure, or a factor of `base`
    base: Optional[Base] = None


IN_PROGRAM, IN_TASK = (f"100 k submits, then gets, in {where}" for where in ("the program", "a task"))
FIB, QUEENS = "fib(30), every call a task", "12 queens, every placement a task"
GRAINS = tuple(f"tasks of {time}" for time in ("5 ms", "100 us", "10 us"))
EMPTY = "start and end of an empty program"
EMPTY_ON_HOSTS = f"{EMPTY}, on a host each"
MEGABYTE = 1e6 / 2**20  # in MiB

TARGETS = (
    Target("W1", "100 k elements", 2, 100e6),
    Target("W1", "10 M elements", 2, 100e6),
    Target("W1", "10 M elements, share of the rank with the fewest", 2, 25),
    Target("W1b", IN_PROGRAM, 2, 2, Base("oneTBB", what=IN_TASK)),  # its main thread computes like any other
    Target("W1b", IN_TASK, 2, 2, Base("oneTBB")),
    Target("W1c", IN_PROGRAM, 2, 3e6),
    Target("W2", "median", 2, 1.2, Base("bare ZeroMQ")),
    Target("W2", "median", 2, 38),
    Target("W3", FIB, 2, 2, Base("oneTBB")),
    Target("W4", QUEENS, 2, 1, Base("oneTBB")),
    Target("W5", "4 MiB arguments there", 2, 2.2e9),
    Target("W5", "4 MiB results back", 2, 6.5e9),
    Target("W6", "64 MiB constant to all workers", 2, 0.025),
    *(Target("W7", grain, 2, factor) for grain, factor in zip(GRAINS, (1.98, 1.96, 1.8))),
    Target("W7", "RecPFor, leaves of 10 us", 2, 90),
    Target("uts", "T1", 2, 0.9 * 2, Base(OURS, workers=1)),
    Target("uts", "T3", 2, 0.9 * 2, Base(OURS, workers=1)),
    Target("W8", EMPTY, 2, 0.05),
    Target("W8", EMPTY, 8, 0.12),
    Target("W8", EMPTY, 32, 0.4),
    Target("W8", EMPTY_ON_HOSTS, 32, 1),
    Target("W9", "private memory of an idle worker", 4, 2 * MEGABYTE),
    Target("scale", "tree of tasks of 1 ms, 1000 simulated hosts", 64_000, 95),
)


@dataclass(frozen=True)
class Verdict:
    """How a target was met."""
    target: Target
    unit: str = ""
    ours: Optional[float] = None  # None: not measured
    limit: Optional[float] = None  # None: what it is a multiple of was not measured

    @property
    def factor(self):
        """How many times better than asked for."""
        return advantage(self.ours, self.limit, self.unit)

    def words(self):
        if self.ours is None:
            return "not measured"
        if self.limit is None:
            return f"open: {self.target.base.system} was not measured"
        if self.factor >= 1:
            return f"reached, {self.factor:.3g} × better"
        return f"**missed, {1 / self.factor:.3g} × short**"

    def limit_words(self):
        target, base = self.target, self.target.base
        number = readable(self.limit, self.unit) if self.limit is not None else "?"
        if base is None:
            return number
        whose = f"with {base.workers} worker" if base.system == OURS else f"of {base.system}"
        return f"{number} ({target.limit:g} × that {whose})"


def find_figure(samples, workload, what, workers):
    return next((figure for figure in samples if figure[:3] == (workload, what, workers)), None)


def judge(samples, target):
    figure = find_figure(samples, target.workload, target.what, target.workers)
    if figure is None:
        return Verdict(target)
    limit, base = target.limit, target.base
    if base is not None:
        of = median(samples, figure._replace(what=base.what or target.what, workers=base.workers), base.system)
        limit = None if of is None else limit * of
    return Verdict(target, figure.unit, median(samples, figure, OURS), limit)


def judge_all(samples, workloads=None):
    """The verdicts on the targets of these workloads, or of all."""
    return [judge(samples, target) for target in TARGETS if workloads is None or target.workload in workloads]
