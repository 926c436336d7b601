"""Dask's distributed scheduler: the workloads W1 (fewer elements) and W2. usage: peer_dask.py WORKERS"""
import json
import statistics
import sys
import time

from distributed import Client, LocalCluster


def same(number):
    return number


def report(what, value, unit):
    print(json.dumps({"what": what, "value": value, "unit": unit}))


def main():
    workers = int(sys.argv[1])
    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        client.gather(client.map(same, range(100)))
        elements = 2000
        start = time.perf_counter()
        results = client.gather(client.map(same, range(1000, 1000 + elements), pure=False))
        report("100 k elements", elements / (time.perf_counter() - start), "tasks/s")
        times = []
        for number in range(200):
            start = time.perf_counter()
            client.submit(same, number, pure=False).result()
            times.append(time.perf_counter() - start)
        report("median", statistics.median(times) * 1e6, "us")
        return 0 if sum(results) == sum(range(1000, 1000 + elements)) else 1


if __name__ == "__main__":
    sys.exit(main())
