"""The tables of scripts/bench, in Markdown: targets with verdicts, all figures beside the peers', and README's."""
import statistics

from benchmarks.figures import OURS, advantage, best_peer, median, readable
from benchmarks.targets import EMPTY, FIB, find_figure

README_FIGURES = (("W1", "10 M elements", 2), ("W3", FIB, 2), ("W8", EMPTY, 32))  # the most telling


def table(head, rows):
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (head, ["---"] * len(head), *rows)) + "\n"


def comparison(samples, figure):
    """How many times better scoop is than the best of the others."""
    ours, peer = median(samples, figure, OURS), best_peer(samples, figure)
    if ours is None or peer is None:
        return "–"
    return f"{advantage(ours, peer[1], figure.unit):.3g} × {peer[0]}"


def targets_table(verdicts):
    rows = [(verdict.target.workload, verdict.target.what, verdict.target.workers,
             "–" if verdict.ours is None else f"**{readable(verdict.ours, verdict.unit)}**",
             verdict.limit_words() if verdict.ours is not None else "–", verdict.words()) for verdict in verdicts]
    reached = sum(verdict.words().startswith("reached") for verdict in verdicts)
    return (f"{reached} of {len(verdicts)} targets are reached.\n\n" +
            table(("", "figure", "workers", OURS, "target", "verdict"), rows))


def figures_table(samples):
    systems = sorted({system for by_system in samples.values() for system in by_system} - {OURS})

    def cell(figure, system):
        values = samples[figure].get(system)
        if not values:
            return "–"
        middle, low, high = (readable(of(values), figure.unit) for of in (statistics.median, min, max))
        return f"{f'**{middle}**' if system == OURS else middle} ({low} – {high})"

    rows = [(figure.workload, figure.what, figure.workers, cell(figure, OURS), comparison(samples, figure),
             *(cell(figure, system) for system in systems)) for figure in samples]
    return table(("", "figure", "workers", OURS, "to the best of the others", *systems), rows)


def page(samples, verdicts, failures, machine, rounds, picture=""):
    """All of it, as it stands in docs/benchmarks.md; `picture` is the name of a file beside that."""
    parts = ["; ".join(f"{key}: {value}" for key, value in machine.items()) + ".\n" +
             f"Runs: {rounds}; medians, in the table of all figures with the lowest and the highest behind them. "
             "A factor above 1 means better, in time and memory too.\n"]
    if verdicts:
        parts += ["### Targets\n", targets_table(verdicts)]
    if picture:
        parts += ["### Beside the others\n", f"![multiples of the best of the others]({picture})\n"]
    parts += ["### All figures\n", figures_table(samples)]
    if failures:
        parts += ["What failed:\n", "".join(f"- {failure}\n" for failure in failures)]
    return "\n".join(parts)


def readme_table(samples):
    rows = []
    for wanted in README_FIGURES:
        figure = find_figure(samples, *wanted)
        if figure is not None and median(samples, figure, OURS) is not None:
            peer = best_peer(samples, figure)
            ours = readable(median(samples, figure, OURS), figure.unit)
            rows.append((f"{figure.what}, {figure.workers} workers", ours,
                         f"{peer[0]}: {readable(peer[1], figure.unit)}" if peer else "–", comparison(samples, figure)))
    return table(("", OURS, "the best of the others", "that is"), rows) if rows else ""


def put_between_markers(text, begin, end, content):
    """The text of a document with this content in the place that two marker lines enclose."""
    before, found_begin, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(f"no lines {begin.strip()} and {end.strip()}")
    return f"{before}{begin}\n{content}\n{end}{after}"
