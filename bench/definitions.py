"""Definitions on their way from YAML to a model: thousands of lines read anew, and the kept model taken up again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bench.data import FOLDER
from bench.engine import Measure
from bench.figure import Figure, median_seconds
from bench.peer import PeerMissing
from truenorth.define.cache import load_cached
from truenorth.define.load import load

METRICS = 400


@cache
def thousands() -> Path:
    """A workspace of more than four thousand lines."""
    lines = ["version: 1", "datasets:", "  - name: orders", "    source: orders", "    fields:"]
    lines += [f"      - {{name: f{number}, expr: amount - discount{number % 9}}}" for number in range(METRICS)]
    lines.append("metrics:")
    for number in range(METRICS):
        lines += [f"  - name: m{number}", "    type: simple", "    dataset: orders", "    agg: sum"]
        lines += [f"    expr: f{number}", "    label: Revenue", "    unit: currency", "    domain: financial"]
        lines += ["    owner: dana@acme.example", "    description: What came in, without what was given back."]
    folder = FOLDER / "thousands"
    (folder / "metrics").mkdir(parents=True, exist_ok=True)
    (folder / "truenorth.yml").write_text("version: 1\nname: Bench\n", "utf-8")
    (folder / "metrics" / "many.yml").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def read(name: str) -> Iterator[Figure | PeerMissing]:
    """Reading with every place known and every expression parsed, beside PyYAML with libyaml giving plain values."""
    import yaml

    folder = thousands()
    text = (folder / "metrics" / "many.yml").read_text("utf-8")
    ours = median_seconds(lambda: load(folder), 9)
    theirs = median_seconds(lambda: yaml.load(text, Loader=yaml.CSafeLoader), 9)
    yield Figure(name, ours * 1000, "ms", "pyyaml", theirs * 1000, None, 4.0)


def kept(name: str) -> Iterator[Figure | PeerMissing]:
    """Taking up the model that was kept, beside reading it anew."""
    folder = thousands()
    load_cached(folder)
    ours = median_seconds(lambda: load_cached(folder), 25)
    theirs = median_seconds(lambda: load(folder), 9)
    yield Figure(name, ours * 1000, "ms", "reading anew", theirs * 1000, None, 0.1)


FIGURES: dict[str, Measure] = {"definitions.read_ms": read, "definitions.kept_ms": kept}
