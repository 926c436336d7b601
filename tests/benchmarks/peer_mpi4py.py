"""mpi4py's pool of processes: the workloads W1 (fewer elements) and W2.

usage: mpirun -n N python3 -m mpi4py.futures peer_mpi4py.py: rank 0 deals out, the others compute
"""
import json
import statistics
import sys
import time

from mpi4py.futures import MPIPoolExecutor

ELEMENTS = 10_000
TASKS = 1_000


def same(number):
    return number


def report(what, value, unit):
    print(json.dumps({"what": what, "value": value, "unit": unit}))


def main():
    with MPIPoolExecutor() as executor:
        list(executor.map(same, range(100)))
        start = time.perf_counter()
        results = list(executor.map(same, range(ELEMENTS), chunksize=64))
        report("100 k elements", ELEMENTS / (time.perf_counter() - start), "tasks/s")
        times = []
        for number in range(TASKS):
            start = time.perf_counter()
            executor.submit(same, number).result()
            times.append(time.perf_counter() - start)
        report("median", statistics.median(times) * 1e6, "us")
        report("99th percentile", statistics.quantiles(times, n=100)[98] * 1e6, "us")
        return 0 if results == list(range(ELEMENTS)) else 1


if __name__ == "__main__":
    sys.exit(main())
