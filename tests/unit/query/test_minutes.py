"""Collected series as datasets: their minutes as rows, their labels as columns, counted by metrics and objectives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from truenorth import workspace
from truenorth.base.errors import DefinitionErrors, QueryError, TrueNorthError
from truenorth.query.standing import standings
from truenorth.store.open import open_engine
from truenorth.store.tables import create

DEFINITIONS = """version: 1
datasets:
  - {name: http, series: http_requests_total}
  - name: named
    series: http_requests_total
    fields: [{name: route, expr: "labels['http.route']"}, {name: code}, {name: region}]
  - {name: gone, series: http_request_total}
metrics:
  - {name: requests, type: simple, dataset: http, agg: sum, expr: increase}
  - {name: failed, type: simple, dataset: http, agg: sum, expr: increase, filter: "code like '5%'"}
  - {name: by_name, type: simple, dataset: named, agg: sum, expr: increase}
  - {name: in_europe, type: simple, dataset: named, agg: sum, expr: increase, filter: "coalesce(region, '') <> 'us'"}
  - {name: lost, type: simple, dataset: gone, agg: sum, expr: increase}
slos:
  - {name: answered, total: requests, bad: failed, objective: 90, windows: [1 day]}
"""
SERIES = (
    (1, "http_requests_total", {"code": "200", "http.route": "/pay", "min": "a"}),
    (2, "http_requests_total", {"code": "503", "http.route": "/pay"}),
    (3, "http_requests_total", {"code": "200", "http_route": "/it's"}),
    (4, "other_total", {"code": "500"}),
)
MINUTES = ((1, "10:00", 80), (1, "10:01", 10), (2, "10:01", 4), (3, "10:01", 6), (4, "10:01", 1000))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    folder = tmp_path_factory.mktemp("series")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\nclock: data\nwarehouse: duckdb:shop.duckdb\n")
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS)
    engine = open_engine("duckdb:shop.duckdb", folder)
    for table in ("series", "minutes"):
        engine.write(create(table))
    for number, name, labels in SERIES:
        words = ", ".join("'{}': '{}'".format(key, value.replace("'", "''")) for key, value in labels.items())
        engine.write(
            f"INSERT INTO series (series_id, source, name, labels) VALUES ({number}, 'web', '{name}', {{{words}}}::VARIANT)"
        )
    for number, minute, increase in MINUTES:
        engine.write(
            "INSERT INTO minutes (series_id, minute, increase, n, min, max, last) VALUES "
            f"({number}, TIMESTAMP '2026-03-01 {minute}', {increase}, 1, 0, 0, 0)"
        )
    engine.close()
    with workspace.open(folder) as opened:
        yield opened


def rows(shop: workspace.Workspace, *metrics: str, **asked: str) -> list[tuple[object, ...]]:
    return sorted(shop.query(*metrics, range="2026-03-01", **asked).table.rows, key=str)


def test_minutes_of_one_metric_are_its_rows(shop: workspace.Workspace) -> None:
    assert rows(shop, "requests", "failed") == [(100.0, 4.0)]


def test_every_label_is_a_column_and_nothing_is_lost(shop: workspace.Workspace) -> None:
    assert rows(shop, "requests", by="code") == [("200", 96.0), ("503", 4.0)]
    # Two labels that are called alike are one column.
    assert rows(shop, "requests", by="http_route") == [("/it's", 6.0), ("/pay", 94.0)]
    # One that is called like a column of ours has another name; series without it are the (none) group.
    assert rows(shop, "requests", by="exported_min") == [("a", 90.0), (None, 10.0)]


def test_a_field_may_name_a_label_itself(shop: workspace.Workspace) -> None:
    assert rows(shop, "by_name", by="route") == [("/pay", 94.0), (None, 6.0)]
    assert rows(shop, "by_name", where="code = '503'") == [(4.0,)]


def test_labels_are_named_before_any_series_has_them(shop: workspace.Workspace) -> None:
    assert rows(shop, "in_europe") == [(100.0,)]
    assert rows(shop, "by_name", by="region") == [(None, 100.0)]


def test_fields_are_not_all_that_can_be_asked_by(shop: workspace.Workspace) -> None:
    assert rows(shop, "by_name", by="exported_min") == [("a", 90.0), (None, 10.0)]
    with pytest.raises(TrueNorthError, match="E_COLUMN_NOT_FOUND"):
        rows(shop, "by_name", by="nothing")


def test_minutes_are_the_time(shop: workspace.Workspace) -> None:
    assert [row[1] for row in rows(shop, "requests", grain="minute")] == [80.0, 20.0]


def test_counters_have_objectives(shop: workspace.Workspace) -> None:
    slos = list(shop.model.slos.values())
    [one] = standings(shop.model, shop.query, slos, (), datetime(2026, 3, 1, 12))
    assert (one.windows[0].stretch.bad, one.windows[0].stretch.total) == (4.0, 100.0)
    assert one.windows[0].stretch.left == pytest.approx(0.6)
    assert shop.query("answered", range="2026-03-01").table.rows == ((0.96,),)


def test_a_metric_that_never_came_is_told_with_the_one_that_was_meant(shop: workspace.Workspace) -> None:
    with pytest.raises(QueryError) as caught:
        shop.query("lost")
    assert caught.value.code == "E_NAME_NOT_FOUND"
    assert "http_requests_total" in str(caught.value)
    assert caught.value.where is not None and caught.value.where.file == "metrics/m.yml"


def test_a_dataset_is_from_one_place(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\n")
    (tmp_path / "metrics" / "m.yml").write_text("version: 1\ndatasets:\n  - {name: a, series: up, source: up}\n")
    with pytest.raises(DefinitionErrors, match="E_DATASET_SOURCE"):
        workspace.open(tmp_path)
