"""A pull that is killed at any moment: what it left is whole, and the next one goes on without loss or doubles."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from truenorth.collect.pull import piece
from truenorth.collect.pull.secret import keep_secret

Well = Any


def start(folder: Path) -> subprocess.Popen[bytes]:
    """`truenorth pull` in a process of its own."""
    command = [sys.executable, "-m", "truenorth", "pull", "-w", str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed(folder: Path, after: float) -> int:
    """How a pull ended that is killed after so many seconds, if it is not over by then."""
    process = start(folder)
    try:
        return process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        return process.wait(60)


def test_every_row_once_after_being_killed_again_and_again(well: Well, postgres: Any) -> None:
    keep_secret(well.folder, "SHOP_PASSWORD", postgres.password)
    postgres.run(
        "CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric(12,2), updated_at timestamptz DEFAULT now())",
        "INSERT INTO orders SELECT n, n FROM generate_series(1, 60000) AS n",
    )
    well.file("exports/till-0.csv", "id,n\n" + "".join(f"{n},{n}\n" for n in range(20000)))
    well.define(
        f'name: shop, type: postgres, url: "{postgres.url}", tables: [{{name: orders, cursor: updated_at}}]',
        'name: till, type: files, files: "exports/till-*.csv"',
        head="warehouse: duckdb:warehouse.duckdb\n",
    )
    dice = random.Random(7)
    ends = []
    for turn in range(8):
        ends.append(killed(well.folder, 0.4 + dice.random() * 1.2))
        postgres.run(
            f"UPDATE orders SET amount = amount + 1, updated_at = now() WHERE id % 8 = {turn}",
            f"INSERT INTO orders VALUES ({100000 + turn}, 1)",
        )
        well.file(f"exports/till-{turn}.csv", "id,n\n" + f"{turn},{turn}\n" * (turn + 1))
    assert -signal.SIGKILL in ends
    assert start(well.folder).wait(60) == 0
    ours = well.rows("SELECT count(*), count(DISTINCT id), sum(amount) FROM shop_orders")
    assert ours == postgres.run("SELECT count(*), count(DISTINCT id), sum(amount) FROM orders")
    assert well.rows("SELECT count(*) FROM till") == [(sum(turn + 1 for turn in range(8)),)]
    assert [path.name for path in (well.folder / ".truenorth" / "pull").iterdir() if path.is_dir()] == []


@pytest.mark.parametrize(
    ("kind", "cursor"), [("postgres", True), ("postgres", False), ("mariadb", True), ("mariadb", False)]
)
def test_a_first_pull_that_broke_off_goes_on_where_it_stopped(
    kind: str, cursor: bool, well: Well, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = request.getfixturevalue(kind)
    keep_secret(well.folder, "SHOP_PASSWORD", place.password)
    rows = ", ".join(f"({n}, {n}, '2026-01-01 00:00:00')" for n in range(1, 2501))
    place.run(
        "CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric(12, 2), updated_at timestamp NULL)",
        f"INSERT INTO orders VALUES {rows}",
    )
    table = "{name: orders, cursor: updated_at}" if cursor else "orders"
    server = "postgres" if kind == "postgres" else "mysql"
    well.define(f'name: shop, type: {server}, url: "{place.url}", tables: [{table}]')
    monkeypatch.setattr(piece, "ROWS", 1000)
    keep, kept = piece.Pieces.keep, []

    def broken(self: piece.Pieces, fetched: piece.Fetched) -> None:
        keep(self, fetched)
        kept.append(fetched.rows)
        with self.file.open("ab") as half:
            half.write(b"12")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(piece.Pieces, "keep", broken)
    assert well.all().failed and "shop_orders" not in well.engine.tables()
    place.run(
        "UPDATE orders SET amount = 5000, updated_at = now() WHERE id = 3",
        "INSERT INTO orders VALUES (0, 77, now())",
        "INSERT INTO orders VALUES (9000, 1, now())",
    )
    assert well.all().failed
    assert kept == [1000, 2000]
    monkeypatch.setattr(piece.Pieces, "keep", keep)
    report = well.pull()
    assert not report.failed and any("went on where it stopped" in note for one in report.pieces for note in one.notes)
    if not cursor:
        # Without a time of change, what was fetched before is as it was then until the next pull reads it all.
        assert well.rows("SELECT count(*), count(DISTINCT id) FROM shop_orders") == [(2501, 2501)]
        well.pull()
    ours = well.rows("SELECT count(*), count(DISTINCT id), sum(amount) FROM shop_orders")
    assert [tuple(map(int, row)) for row in ours] == [
        tuple(map(int, row)) for row in place.run("SELECT count(*), count(DISTINCT id), sum(amount) FROM orders")
    ]
    assert not list((well.folder / ".truenorth" / "pull").glob("*.rows"))
    assert not well.pull().failed and well.rows("SELECT count(*) FROM shop_orders") == [(2502,)]
