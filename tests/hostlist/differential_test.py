#!/usr/bin/env python3
"""Host lists against ClusterShell's NodeSet and Slurm's `scontrol show hostnames`: the same hosts wherever the two agree.

usage: differential_test.py path/to/expand_hosts

Generated lists, the same in every run, some of them spoilt by a few random characters. ClusterShell reads all of them,
Slurm a part. ClusterShell gives sets, Slurm keeps the order and what is named twice; Slurm 22.05 has no text behind a
bracket, ClusterShell no two brackets side by side and no range whose ends differ in width. Where only one of the two
understands a list, what we make of it is compared with that one.
"""
import collections
import concurrent.futures
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

LISTS = 20_000
LISTS_FOR_SLURM = 2_000
SEED = 20261126
# What ClusterShell says of lists that it has no language for, and Slurm has.
SLURM_ONLY = ("illegal reopening bracket", "padding length mismatch")
# What only ClusterShell has: negative numbers in brackets, and a comma before a bracket's end.
CLUSTERSHELL_ONLY = re.compile(r"\[(?:[^]]*,)?(?:-|\d*-\d*-)[^]]*\]|,\]")


def find_clustershell():
    try:
        from ClusterShell.NodeSet import NodeSet
    except ImportError:
        sys.path.append("/usr/lib/python3/dist-packages")  # Debian's, for a python3 that is not Debian's
        from ClusterShell.NodeSet import NodeSet
    return NodeSet


# Generated lists.

def make_range(random_, span_max):
    first = random_.choice((random_.randrange(3), random_.randrange(120), random_.randrange(9_990, 10_010)))
    width = random_.choice((0, 0, 1, 2, 3, 5, 24))
    if random_.random() < 0.4:
        return f"{first:0{width}}"
    last = first + random_.randint(0, span_max)
    # Now and then the ends differ in width, as people write them: [08-101], [8-010].
    last_width = width if random_.random() < 0.9 else random_.choice((0, 2, 4))
    return f"{first:0{width}}-{last:0{last_width}}"


def make_name(random_):
    text = random_.choice(("n", "node", "rack", "c0", "gpu-", "10.0.", "a.b", "x_", ""))
    brackets = random_.choice((0, 1, 1, 1, 2, 2, 3))
    span_max = 15 if brackets == 1 else 3  # ClusterShell takes long for large products
    for _ in range(brackets):
        ranges = random_.choice((1, 1, 2, 4) if brackets == 1 else (1, 1, 2))
        text += f"[{','.join(make_range(random_, span_max) for _ in range(ranges))}]"
        text += random_.choice(("n", "n", "-ib", ".lab", "7x", "_", "-", "0", ""))
    # Half of the names end with their last bracket, as Slurm wants it.
    return text.rpartition("]")[0] + "]" if brackets and random_.random() < 0.5 else text or "h"


def spoil(random_, text):
    for _ in range(random_.choice((1, 1, 2))):
        place = random_.randrange(len(text) + 1)
        text = text[:place] + random_.choice("[],-019a.") + text[place + random_.choice((0, 1)):]
    return text or "n"


def make_list(random_):
    text = random_.choice((",", ", ", " ")).join(make_name(random_) for _ in range(random_.choice((1, 1, 2, 3))))
    spoilt = spoil(random_, text) if random_.random() < 0.15 else text
    # ClusterShell has no limit and would be busy for ever with a range that has become a long one.
    is_long = any(int(last) - int(first) > 100 for first, last in re.findall(r"(\d+)-(\d+)", spoilt))
    return text if is_long else spoilt


# What the three make of them: the names in order, each as often as it is named, or None and the reason.

def expand_with_ours(program, lists):
    output = subprocess.run([program], input="".join(text + "\n" for text in lists), capture_output=True, text=True,
                            check=True).stdout.splitlines()
    assert len(output) == len(lists), "expand_hosts does not answer line by line"
    return [(None, line) if line.startswith("!") else (line.split(), "") for line in output]


def expand_with_clustershell(node_set, text):
    # Blanks separate words for its programs, not for its parser.
    text = re.sub(r"(?<=[^,\s])\s+(?=[^,\s])", ",", text)
    try:
        return list(node_set(text, resolver=None)), ""
    except Exception as error:  # it has several, and lets some of Python's own through
        return None, str(error)


def expand_with_slurm(environment, text):
    run = subprocess.run(["scontrol", "show", "hostnames", "--", text], capture_output=True, text=True, env=environment)
    names = run.stdout.split()
    # It prints nothing for what it refuses, and for an unclosed bracket invents a host: "n[1" gives "n]".
    if run.returncode != 0 or run.stderr or not names or any("[" in name or "]" in name for name in names):
        return None, run.stderr.strip() or "a host with a bracket in its name"
    return names, ""


# The comparison.

def has_plain_names(text):
    """No name begins with what we refuse for safety's sake."""
    return not re.search(r"(^|,|\s)[-.]", re.sub(r"\[[^]]*\]", "0", text))


def joins_digits(text):
    """ClusterShell puts digits before a bracket into its ranges: of 9[0-13] it makes [90-913], 824 hosts for 14."""
    return any(len(first) != len(last) for content in re.findall(r"\d\[([^]]*)\]", text)
               for first, last in re.findall(r"(\d+)-(\d+)", content))


def same_hosts_and_order(ours, slurm, brackets):
    counts = list(collections.Counter(ours).items()), list(collections.Counter(slurm).items())
    # Of three brackets and more Slurm 22.05 runs the last one and then the first; nobody can want that.
    return counts[0] == counts[1] if brackets < 3 else sorted(counts[0]) == sorted(counts[1])


def judge(text, ours, clustershell, slurm):
    """None, or what is wrong. `slurm` is None where it was not asked."""
    names, reason = ours
    if joins_digits(text):
        return None
    if slurm is not None and slurm[0] and clustershell[0] and set(slurm[0]) == set(clustershell[0]):
        if names is None:
            return f"both understand it, we say {reason}" if has_plain_names(text) else None
        return None if set(names) == set(clustershell[0]) else "both agree on other hosts"
    if names is None:
        # Its numbers are Python's and have any length.
        if clustershell[0] is None or not has_plain_names(text) or "too long" in reason:
            return None
        if CLUSTERSHELL_ONLY.search(text):
            return None
        return f"ClusterShell understands it, we say {reason}"
    if clustershell[0] is not None:
        return None if set(names) == set(clustershell[0]) else "ClusterShell has other hosts"
    return None if any(part in clustershell[1] for part in SLURM_ONLY) else f"ClusterShell says {clustershell[1]}"


def judge_order(text, ours, slurm):
    if slurm is None or slurm[0] is None or ours[0] is None:
        return None
    return None if same_hosts_and_order(ours[0], slurm[0], text.count("[")) else "Slurm has other hosts or another order"


def main():
    try:
        node_set = find_clustershell()
    except ImportError:
        print("skipped: ClusterShell is missing, see scripts/install_packages lab")
        return 77
    if shutil.which("scontrol") is None:
        print("skipped: scontrol is missing, see scripts/install_packages lab")
        return 77

    random_ = random.Random(SEED)
    lists = [make_list(random_) for _ in range(LISTS)]
    ours = expand_with_ours(sys.argv[1], lists)
    clustershell = [expand_with_clustershell(node_set, text) for text in lists]
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as configuration, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        configuration.write("ClusterName=none\nSlurmctldHost=localhost\n")  # scontrol does nothing without one
        configuration.flush()
        environment = dict(os.environ, SLURM_CONF=configuration.name)
        slurm = list(pool.map(lambda text: expand_with_slurm(environment, text), lists[:LISTS_FOR_SLURM]))
    slurm += [None] * (LISTS - LISTS_FOR_SLURM)

    faults, agreed, refused = [], 0, 0
    for text, one, theirs, third in zip(lists, ours, clustershell, slurm):
        agreed += third is not None and None not in (third[0], theirs[0]) and set(third[0]) == set(theirs[0])
        refused += one[0] is None
        for fault in (judge(text, one, theirs, third), judge_order(text, one, third)):
            if fault:
                faults.append(f"{text!r}: {fault}\n    ours {one}\n    ClusterShell {theirs}\n    Slurm {third}")
    print("\n".join(faults[:20]))
    print(f"{LISTS} lists, {refused} refused; on {agreed} of {LISTS_FOR_SLURM} Slurm and ClusterShell agree; "
          f"{len(faults)} faults")
    # A generator that makes nothing the two understand would find no fault either.
    return 1 if faults or agreed < LISTS_FOR_SLURM // 4 or not LISTS // 50 < refused < LISTS // 2 else 0


if __name__ == "__main__":
    sys.exit(main())
