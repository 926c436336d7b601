"""The picture beside docs/benchmarks.md: scoop and the others as multiples of the best of the others, as SVG.

A bar to the right of the line is better than all of them, one to the left worse; each gridline is a factor of ten.
"""
import math
from xml.sax.saxutils import escape

from benchmarks.figures import OURS, advantage, best_peer, median, readable

WIDTH, LEFT, RIGHT = 900, 120, 150  # of the picture, and what the names and the values take of it
CHARACTER_WIDTH = 7  # at most, of the scale
TITLE_HEIGHT, BAR_HEIGHT, GROUP_GAP, TOP, BOTTOM = 20, 15, 10, 60, 30

# No variables: not everything that shows SVG knows them.
STYLE = """
    svg { font: 12px system-ui, sans-serif; }
    .page { fill: #ffffff; }
    text { fill: #1f2328; }
    .grid { stroke: #d1d9e0; }
    .one { stroke: #1f2328; }
    .other { fill: #8c959f; }
    .ours { fill: #0969da; }
    .title { font-weight: 600; }
    .name { text-anchor: end; }
    .scale { text-anchor: middle; font-size: 11px; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; }
      text { fill: #e6edf3; }
      .grid { stroke: #3d444d; }
      .one { stroke: #e6edf3; }
      .other { fill: #7d8590; }
      .ours { fill: #58a6ff; }
    }
"""


def groups_of(samples):
    """Of each figure that others have too: (title, [(system, factor to the best of the others, value)]), best first.

    With one worker there is nothing to share out, so those figures are for the table only.
    """
    groups = []
    for figure, by_system in samples.items():
        peer = best_peer(samples, figure)
        if OURS not in by_system or peer is None or figure.workers == 1:
            continue
        values = {system: median(samples, figure, system) for system in by_system}
        bars = [(system, advantage(value, peer[1], figure.unit), readable(value, figure.unit))
                for system, value in values.items()]
        title = f"{figure.workload}  {figure.what}, {figure.workers} workers"
        groups.append((title, sorted(bars, key=lambda bar: -bar[1])))
    return groups


def factor_words(factor):
    """Two digits, and nothing like 7.1e-07."""
    if factor >= 0.1:
        return f"{factor:.2g} ×" if factor < 100 else f"{factor:,.0f} ×"
    times = 1 / factor
    return f"1/{round(times, 1 - math.floor(math.log10(times))):,.0f}"


class Axis:
    """Where a factor lies: whole powers of ten around all of them."""

    def __init__(self, factors):
        logarithms = [math.log10(factor) for factor in factors]
        self.first = min(math.floor(min(logarithms)), -1)
        self.last = max(math.ceil(max(logarithms)), 1)

    def place(self, factor):
        share = (math.log10(factor) - self.first) / (self.last - self.first)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def gridlines(self):
        """(place, label) of each power of ten."""
        for power in range(self.first, self.last + 1):
            yield self.place(10**power), factor_words(10**power)


def bar_lines(axis, bar, top):
    system, factor, value = bar
    begin, end = sorted((axis.place(1), axis.place(factor)))
    kind, middle = "ours" if system == OURS else "other", top + BAR_HEIGHT - 4
    yield f'<text class="name" x="{LEFT - 8}" y="{middle}">{escape(system)}</text>'
    # The best of the others has no length of its own: its bar stands on the line.
    yield (f'<rect class="{kind}" x="{begin - 2:.1f}" y="{top + 2}" width="{end - begin + 4:.1f}" '
           f'height="{BAR_HEIGHT - 4}"/>')
    yield f'<text x="{WIDTH - RIGHT + 8}" y="{middle}">{escape(value)} ({factor_words(factor)})</text>'


def draw(samples):
    """The whole picture; empty if there is nothing to compare."""
    groups = groups_of(samples)
    if not groups:
        return ""
    axis = Axis([factor for _, bars in groups for _, factor, _ in bars])
    lines, top = [], TOP
    for title, bars in groups:
        lines.append(f'<text class="title" x="{LEFT}" y="{top + TITLE_HEIGHT - 6}">{escape(title)}</text>')
        top += TITLE_HEIGHT
        for bar in bars:
            lines += bar_lines(axis, bar, top)
            top += BAR_HEIGHT
        top += GROUP_GAP
    grid = []
    for place, label in axis.gridlines():
        kind = "one" if place == axis.place(1) else "grid"
        grid.append(f'<line class="{kind}" x1="{place:.1f}" x2="{place:.1f}" y1="{TOP - 6}" y2="{top}"/>')
        if len(label) * CHARACTER_WIDTH < axis.place(10) - axis.place(1):
            grid += [f'<text class="scale" x="{place:.1f}" y="{y}">{label}</text>' for y in (TOP - 12, top + 16)]
    height = top + BOTTOM
    head = "scoop and the others, as multiples of the best of the others: further right is better"
    size = f'width="{WIDTH}" height="{height}"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {size} role="img">',
        f"  <title>{escape(head)}</title>", f"  <style>{STYLE}  </style>", f'  <rect class="page" {size}/>',
        f'  <text class="title" x="{LEFT}" y="24">{escape(head)}</text>',
        *(f"  {line}" for line in grid + lines), "</svg>", ""])
