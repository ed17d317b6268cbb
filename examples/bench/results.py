"""What is measured, the best of it, and the tables."""

import re
from dataclasses import dataclass, field

from peers import FRAMEWORKS

OURS = "ours"


@dataclass(frozen=True)
class Measure:
    """What the tables call it, how a line of the benchmark says it, and whether more is better."""

    title: str
    pattern: str
    more: bool

    def ratio(self, ours, theirs):
        """How many times better ours is."""
        return ours / theirs if self.more else theirs / ours

    def better(self, one, other):
        return max(one, other) if self.more else min(one, other)


MEASURES = {
    "train": Measure("training, samples/s", r"train (\d+) samples/s", True),
    "latency": Measure("prediction of 1, µs", r"b1 ([\d.]+) us", False),
    "predict": Measure("prediction of 256, samples/s", r"b256 (\d+) samples/s", True),
    "memory": Measure("memory of training, MB", r"takes ([\d.]+) MB", False),
}


@dataclass
class Cell:
    """The best of a framework's runs of a network on so many threads."""

    framework: str
    network: str
    threads: int
    values: dict = field(default_factory=dict)
    disturbed: bool = False
    failed: str = ""

    def take(self, line, disturbed):
        for name, measure in MEASURES.items():
            if found := re.search(measure.pattern, line):
                value = float(found[1])
                self.values[name] = measure.better(value, self.values.get(name, value))
        self.disturbed, self.failed = disturbed, ""


def plural(threads):
    return f"{threads} thread{'s' if threads > 1 else ''}"


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def table(lines):
    """A table, the first line being its head; all but the first column is set to the right."""
    head, *body = lines
    print("| " + " | ".join(head) + " |")
    print("|---|" + "--:|" * (len(head) - 1))
    for line in body:
        print("| " + " | ".join(line) + " |")
    print()


def best_tables(networks, threads, cells):
    """For each measure, ours beside the best of the others."""
    for name, measure in MEASURES.items():
        head = [measure.title]
        for count in threads:
            head += [f"ours, {plural(count)}", "best of the others", "ratio"]
        lines = [head]
        for network in networks:
            line = [network]
            for count in threads:
                line += beside(name, [cell for cell in cells if (cell.network, cell.threads) == (network, count)])
            lines.append(line)
        table(lines)


def beside(name, cells):
    """Ours, the best of the others, and the ratio."""
    measure, none = MEASURES[name], "–"
    [ours] = [cell.values.get(name) for cell in cells if cell.framework == OURS]
    others = [cell for cell in cells if cell.framework != OURS and name in cell.values]
    if not others:
        return [number(ours) if ours else none, none, none]
    best = (max if measure.more else min)(others, key=lambda cell: cell.values[name])
    value = best.values[name]
    ratio = f"**{measure.ratio(ours, value):.2f}**" if ours else none
    return [number(ours) if ours else none, f"{number(value)} {FRAMEWORKS[best.framework].title}", ratio]


def whole_tables(networks, threads, cells):
    """For each measure, all frameworks, with the ratios to ours in brackets."""
    frameworks = [it for it in (OURS, *FRAMEWORKS) if any(cell.framework == it for cell in cells)]
    found = {(cell.framework, cell.network, cell.threads): cell for cell in cells}
    for name, measure in MEASURES.items():
        tells = lambda cell: name in cell.values or cell.failed
        columns = [it for it in frameworks if any(cell.framework == it and tells(cell) for cell in cells)]
        lines = [[measure.title, *(FRAMEWORKS[it].title if it in FRAMEWORKS else it for it in columns)]]
        for count in threads:
            for network in networks:
                ours = found[OURS, network, count].values.get(name)
                row = [found.get((framework, network, count)) for framework in columns]
                lines.append([f"{network}, {plural(count)}", *(text(cell, name, ours) for cell in row)])
        table(lines)


def text(cell, name, ours):
    if cell is None or name not in cell.values:
        return cell.failed if cell and cell.failed else "–"
    value = cell.values[name]
    ratio = "" if cell.framework == OURS or not ours else f" ({MEASURES[name].ratio(ours, value):.2f})"
    return number(value) + ("\\*" if cell.disturbed else "") + ratio
