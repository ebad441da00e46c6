"""Random streams with duplicates, crashes at random statements, and loaders that begin anew: every event once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.unit.collect.load.stream import DAY, NOON, SECOND, Desk
from truenorth.collect.identity import log
from truenorth.collect.load.gather import Limits
from truenorth.collect.load.settle import settle
from truenorth.store.duckdb import DuckDB

# Every load is late, and settled at once.
HASTY = Limits(seconds=0.05, group=1, late=-1e9, quiet=0.0)


class Crash(BaseException):
    """The process ends here, as far as the loader can tell."""


class Brittle(DuckDB):
    """Crashes before, or after, a statement drawn by lot: as when the process is killed there."""

    draw = random.Random(0)
    chance = 0.0

    def write(self, sql: str) -> None:
        """Run a statement, if nothing crashes."""
        self._maybe()
        super().write(sql)
        self._maybe()

    @contextmanager
    def transaction(self, *tables: str, hasty: bool = False) -> Iterator[None]:
        """Crashes before the commit as well, and right after it."""
        outer = self._own is None
        with super().transaction(*tables, hasty=hasty):
            yield
            if outer:
                self._maybe()
        if outer:
            self._maybe()

    def _maybe(self) -> None:
        if self.draw.random() < self.chance:
            raise Crash


def event(draw: random.Random, number: int) -> dict[str, Any]:
    """An event with a time of these days or of years ago; the same number gives the same event."""
    own = random.Random(number)
    item: dict[str, Any] = {"id": f"e{number}", "event": own.choice("abc"), "n": number}
    if own.random() < 0.8:
        item["at"] = NOON - own.choice([0, 1, DAY // 2, DAY, 700 * DAY]) - own.randrange(3600) * SECOND
    item |= own.choice([{}, {"who": f"u{number % 7}"}, {"device": f"d{number % 5}"}])
    if own.random() < 0.2:
        item["links"] = [["identify", f"d{number % 5}", f"u{number % 7}", NOON + number]]
    return item


@pytest.mark.parametrize("seed", range(6))
def test_every_event_is_there_once(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    desk = Desk(tmp_path, HASTY if seed % 2 else None)
    desk.engine.close()
    desk.engine = Brittle("warehouse.duckdb", folder=tmp_path)
    desk.engine.lingers = draw.choice([0.0, 30.0])
    desk.loader = desk.fresh(desk.engine)
    sent: set[int] = set()
    without = crashes = 0
    for _ in range(25):
        numbers = [draw.randrange(200) for _ in range(draw.randrange(1, 9))]
        anonymous = [{"event": "plain", "n": -1}] * draw.randrange(3)
        desk.send(*(event(draw, number) for number in numbers), *anonymous, at=NOON + draw.randrange(3) * DAY)
        sent |= set(numbers)
        without += len(anonymous)
        if draw.random() < 0.7:
            desk.engine.draw, desk.engine.chance = draw, 0.02
            try:
                desk.loader.load()
                settle(desk.engine)
            except Crash:
                crashes += 1
                if draw.random() < 0.5:
                    desk.engine.close()
                    desk.loader = desk.fresh(desk.engine)
            desk.engine.chance = 0.0
    while desk.loader.load():
        pass
    while desk.rows("FROM unsettled"):
        desk.loader.load(lambda: False)
    assert crashes
    found = desk.rows("SELECT event_id, properties.n::INT FROM events WHERE event_id <> '' ORDER BY 2")
    assert found == [(f"e{number}", number) for number in sorted(sent)]
    assert desk.rows("SELECT count(*) FROM events WHERE event_id = ''") == [(without,)]
    assert desk.rows("SELECT count(*), count(DISTINCT key) FROM event_keys") == [(len(sent), len(sent))]
    assert desk.rows("SELECT count(*), count(DISTINCT id), max(who), min(who) FROM ids")[0][:2] == tuple(
        desk.rows("SELECT count(DISTINCT who), count(DISTINCT who) FROM ids")[0]
    )
    assert desk.rows(
        "SELECT count(*) FROM events LEFT JOIN ids USING (who) "
        "WHERE id IS DISTINCT FROM coalesce(user_id, anonymous_id)"
    ) == [(0,)]
    assert desk.rows("SELECT sum(rows_loaded) FROM loads") == desk.rows("SELECT count(*) FROM events")
    step = desk.rows("SELECT * FROM people ORDER BY who")
    with desk.engine.transaction():
        log.rebuild(desk.engine)
    assert desk.rows("SELECT * FROM people ORDER BY who") == step
    desk.close()
