"""What a figure of scripts/bench is, how it is written for people, and how two of them compare.

Samples are a dictionary: of each Figure, the values measured for each system. What counts is their median.
"""
import statistics
from typing import NamedTuple

OURS = "scoop"


class Figure(NamedTuple):
    workload: str  # as docs/benchmarks.md calls it
    what: str
    workers: int
    unit: str


# Of a unit that has smaller or larger ones: how they are called and what they are worth, the largest first.
SCALES = {
    "tasks/s": ((1e6, "M/s"), (1e3, "k/s"), (1, "/s")),
    "nodes/s": ((1e6, "M/s"), (1e3, "k/s"), (1, "/s")),
    "s": ((1, "s"), (1e-3, "ms"), (1e-6, "µs")),
    "us": ((1e3, "ms"), (1, "µs")),
    "B/s": ((1e9, "GB/s"), (1e6, "MB/s")),
    "times faster": ((1, "×"),),
}
UNITS_OF_COST = ("s", "us", "MiB")  # less is better


def readable(value, unit):
    scales = SCALES.get(unit, ((1, unit),))
    factor, name = next((scale for scale in scales if value >= scale[0]), scales[-1])
    return f"{value / factor:.3g} {name}"


def advantage(value, other, unit):
    """How many times better `value` is than `other`; below 1 where it is worse."""
    return other / value if unit in UNITS_OF_COST else value / other


def median(samples, figure, system):
    """None if this was not measured."""
    values = samples.get(figure, {}).get(system)
    return statistics.median(values) if values else None


def best_peer(samples, figure):
    """The name and the median of the best of the others; None where there is none."""
    peers = [(system, median(samples, figure, system)) for system in samples[figure] if system != OURS]
    return max(peers, key=lambda peer: advantage(peer[1], 1, figure.unit), default=None)
