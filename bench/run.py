"""`make bench [ONLY=prefix]`: a table on the screen, a line per figure and peer in bench/results.jsonl."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import collect, collect_telemetry, definitions, engine, finance, home, people, reliability, series, sustained
from bench.figure import Figure
from bench.peer import PeerMissing

RESULTS = Path(__file__).parent / "results.jsonl"
FIGURES = {
    **definitions.FIGURES,
    **engine.FIGURES,
    **finance.FIGURES,
    **home.FIGURES,
    **people.FIGURES,
    **reliability.FIGURES,
    **series.FIGURES,
    # What ran just before tells on its minute the most: it goes first among what is collected.
    **sustained.FIGURES,
    **collect.FIGURES,
    **collect_telemetry.FIGURES,
}


def measured(prefix: str, missing: list[str]) -> Iterator[Figure]:
    """The figures whose names start with the prefix; a peer that is missing is noted and left out."""
    for name, measure in FIGURES.items():
        if name.startswith(prefix):
            print(f"measuring {name} …", file=sys.stderr)
            for value in measure(name):
                if isinstance(value, PeerMissing):
                    missing.append(str(value))
                else:
                    yield value


def shown(value: float | None) -> str:
    return "" if value is None else f"{value:,.3g}" if value < 100 else f"{value:,.0f}"


def print_table(figures: list[Figure]) -> None:
    head = ("figure", "ours", "bar", "unit", "peer", "theirs", "ratio", "")
    rows = [
        (
            figure.name,
            shown(figure.ours),
            shown(figure.bar),
            figure.unit,
            figure.peer or "",
            shown(figure.peer_value),
            shown(figure.ratio),
            "" if figure.holds else "MISSED",
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def main() -> None:
    missing: list[str] = []
    figures = list(measured(sys.argv[1] if len(sys.argv) > 1 else "", missing))
    print_table(figures)
    for line in sorted(set(missing)):
        print(f"missing: {line}")
    RESULTS.write_text("".join(json.dumps(figure.as_dict()) + "\n" for figure in figures), "utf-8")


if __name__ == "__main__":
    main()
