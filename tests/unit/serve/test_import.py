"""`truenorth import` while `truenorth serve` runs on the same workspace: two real processes, no page that fails."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

DEFINITIONS = """
version: 1
datasets:
  - {name: orders, source: orders, primary_key: [order_id], time: day, fields: [{name: amount}]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
"""


def truenorth(*words: str) -> list[str]:
    return [sys.executable, "-m", "truenorth.cli.main", *words]


def load(folder: Path, first: int, last: int) -> None:
    """Import a file of orders of 1 each, in a process of its own."""
    lines = [f"{number},2026-01-{number % 28 + 1:02d},1" for number in range(first, last)]
    file = folder / f"{first}.csv"
    file.write_text("\n".join(["order_id,day,amount", *lines]) + "\n")
    command = truenorth("import", "orders", str(file), "-w", str(folder))
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\nclock: data\n")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "shop.yml").write_text(DEFINITIONS)
    load(tmp_path, 1, 101)
    return tmp_path


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the pages, served by a process of its own."""
    command = truenorth("serve", "--port", "0", "-w", str(folder))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield next(word for word in process.stdout.readline().split() if word.startswith("http"))
        finally:
            process.terminate()


def revenue(url: str) -> float:
    """What the page's twin says the revenue of all time is."""
    with urllib.request.urlopen(f"{url}/m/revenue.json?range=all&grain=month&vs=none", timeout=30) as response:
        return float(sum(row["revenue"] or 0 for row in json.load(response)["rows"]))


def test_files_are_imported_while_pages_are_served_and_looked_at(shop: Path) -> None:
    seen: list[float] = []
    failed: list[Exception] = []
    stop = threading.Event()
    with served(shop) as url:
        assert revenue(url) == 100

        def look() -> None:
            while not stop.is_set():
                try:
                    seen.append(revenue(url))
                except Exception as error:  # noqa: BLE001
                    failed.append(error)
                time.sleep(0.01)

        readers = [threading.Thread(target=look) for _ in range(2)]
        for reader in readers:
            reader.start()
        try:
            load(shop, 101, 301)
            load(shop, 301, 601)
        finally:
            stop.set()
            for reader in readers:
                reader.join()
        assert revenue(url) == 600
    assert not failed
    assert set(seen) <= {100, 300, 600}


def test_pages_that_nobody_looks_at_let_go_too(shop: Path) -> None:
    with served(shop) as url:
        assert revenue(url) == 100
        time.sleep(0.2)
        load(shop, 101, 301)
        assert revenue(url) == 300
