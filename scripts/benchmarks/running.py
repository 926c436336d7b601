"""Runs the cases in turn and collects what they measure; and what machine that was, and what else it did meanwhile."""
import contextlib
import datetime
import mmap
import os
import platform
import subprocess
import sys
import time

from benchmarks.cases import ROOT
from benchmarks.figures import Figure

RUN_SECONDS_MAX = 120
RUN_SECONDS_MAX_ONCE = 7200  # of a case that runs only once
TOUCHED_BYTES_MAX, TOUCHED_AT_ONCE = 16 << 30, 256 << 20
IDLE_PERCENT_MIN, STOLEN_PERCENT_MAX, LOAD_MAX = 95, 2, 0.3  # of a machine that is quiet enough


def run(case):
    """One run of a case: a list of (what, value, unit). Raises RuntimeError with what went wrong."""
    limit = RUN_SECONDS_MAX_ONCE if case.once else RUN_SECONDS_MAX
    start = time.perf_counter()
    try:
        done = subprocess.run(case.command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"not done after {limit} s") from None
    except OSError as error:
        raise RuntimeError(str(error)) from None
    elapsed = time.perf_counter() - start
    if done.returncode != 0:
        last_line = (done.stderr.strip().splitlines() or ["without a word"])[-1]
        raise RuntimeError(f"status {done.returncode}: {last_line}")
    try:
        figures = case.read(done.stdout, elapsed)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RuntimeError(f"printed something else than figures ({error}): {done.stdout[:200]}") from None
    figures = [figure for figure in figures if not case.figures or figure[0] in case.figures]
    if not figures:
        raise RuntimeError("printed none of its figures")
    return figures


def show_progress(text):
    if sys.stderr.isatty():
        print(f"\r{text:70.70}\r", end="", file=sys.stderr, flush=True)


def run_all(cases, rounds):
    """The samples, and for each case that failed at least once a sentence: how often, and how at last."""
    samples, failures = {}, {}
    for number in range(rounds):
        for case in cases:
            if case.once and number > 0:
                continue
            show_progress(f"run {number + 1} of {rounds}: {case}")
            try:
                if case.missing():
                    raise RuntimeError(f"{case.missing()[0]} is not there")
                for what, value, unit in run(case):
                    figure = Figure(case.workload_of(what), what, case.workers, unit)
                    samples.setdefault(figure, {}).setdefault(case.system, []).append(value)
            except RuntimeError as error:
                failures.setdefault(case, []).append(str(error))
    show_progress("")
    return samples, [f"{case}: failed in {len(errors)} of {1 if case.once else rounds} runs, at last: {errors[-1]}"
                     for case, errors in failures.items()]


def touch_free_memory():
    """Writes to most of the memory that is free.

    A virtual machine gets much of its memory from the machine beneath only when it writes there for the first time,
    which costs ten times what the same page costs later: who came first would have the worst figures.
    """
    with open("/proc/meminfo", encoding="ascii") as lines:
        free = next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemFree:"))
    parts = []
    for _ in range(min(free // 5 * 4, TOUCHED_BYTES_MAX) // TOUCHED_AT_ONCE):
        parts.append(mmap.mmap(-1, TOUCHED_AT_ONCE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        with contextlib.suppress(OSError):  # a kernel without huge pages
            parts[-1].madvise(mmap.MADV_HUGEPAGE)
        for offset in range(0, TOUCHED_AT_ONCE, mmap.PAGESIZE):
            parts[-1][offset] = 1


class ProcessorTime:
    """What the processors did since this object was made, of all processes and of the machine beneath."""

    def __init__(self):
        self.start = self._now()

    @staticmethod
    def _now():
        with open("/proc/stat", encoding="ascii") as lines:
            return [int(ticks) for ticks in next(lines).split()[1:9]]

    def percent(self):
        """Of the time so far: how much was idle, how much other virtual machines have taken (proc(5): steal)."""
        spent = [now - before for now, before in zip(self._now(), self.start)]
        whole = max(1, sum(spent))
        return 100 * (spent[3] + spent[4]) / whole, 100 * spent[7] / whole


def complain_if_busy():
    """Looks at the machine for a second. The words for the page."""
    times = ProcessorTime()
    time.sleep(1)
    idle, stolen = times.percent()
    load = os.getloadavg()[0]
    if load > LOAD_MAX or idle < IDLE_PERCENT_MIN or stolen > STOLEN_PERCENT_MAX:
        print("scripts/bench: this machine is busy; the figures will be too low "
              f"(load {load:.2f}, {idle:.0f} % idle, {stolen:.0f} % stolen)", file=sys.stderr)
    return {"load at the start": f"{load:.2f}", "idle then": f"{idle:.0f} %"}


def describe_machine(build):
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    with open(build / "CMakeCache.txt", encoding="utf-8") as lines:
        compiler = next((line.split("=")[1].strip() for line in lines if line.startswith("CMAKE_CXX_COMPILER:")), "c++")
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    return {"date": datetime.date.today().isoformat(), "commit": commit.stdout.strip(), "cpu": cpu,
            "cores": len(os.sched_getaffinity(0)), "memory": f"{memory:.0f} GiB", "kernel": platform.release(),
            "compiler": version}
