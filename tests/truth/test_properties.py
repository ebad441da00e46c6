"""What holds for every shop and every question: random little worlds against plain Python, and against themselves."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from tests.truth import naive
from tests.truth.case import Rows, World
from tests.truth.naive import ADDITIVE, COUNTS, FLOWS, WINDOWS, Order, Shop
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.query.run import Runner

settings.register_profile(
    "truth",
    derandomize=True,
    deadline=None,
    max_examples=int(os.environ.get("TRUENORTH_EXAMPLES", "20")),
    database=None,
)
EXAMPLES = settings(settings.get_profile("truth"))
NOW = datetime(2026, 1, 1)
ZONES = [
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
]
# Around a new year, the end of February in a leap year, and with a month between in which nothing happens.
DAYS = [date(2023, 12, 29) + timedelta(days=n) for n in range(7)] + [
    date(2024, 2, 27) + timedelta(days=n) for n in range(4)
]
RANGES = {
    "2023-12..2024-03": (date(2023, 12, 1), date(2024, 3, 31)),
    "2024-01": (date(2024, 1, 1), date(2024, 1, 31)),
    "2023-12-30..2024-01-02": (date(2023, 12, 30), date(2024, 1, 2)),
}
TYPES = {
    "customers": {"id": "integer", "region": "text"},
    "orders": {"id": "integer", "customer_id": "integer", "day": "date", "amount": "integer", "status": "text"},
    "lines": {"order_id": "integer", "sku": "text"},
    "stocks": {"day": "date", "shop": "text", "units": "integer"},
}


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """A few customers, orders (with orphans and NULLs), lines (repeated, lost or none) and stock readings."""
    words = st.sampled_from(["a", "b", "(none)", "", None])
    customers = [(at, draw(words)) for at in range(1, draw(st.integers(0, 4)) + 1)]
    orders = [
        Order(
            at,
            draw(st.sampled_from([1, 2, 3, 9, None])),
            draw(st.one_of(st.sampled_from(DAYS), st.sampled_from(DAYS), st.none())),
            draw(st.one_of(st.integers(-3, 9), st.none())),
            draw(st.sampled_from(["paid", "open", None])),
        )
        for at in range(1, draw(st.integers(0, 9)) + 1)
    ]
    lines = draw(
        st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 99, None]), st.sampled_from(["x", "y", None])), max_size=8)
    )
    stocks = draw(
        st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(["a", "b", None]), st.integers(0, 9)), max_size=6)
    )
    return Shop(tuple(customers), tuple(orders), tuple(lines), tuple(stocks))


BY = st.lists(st.sampled_from(["region", "status", "sku"]), unique=True, max_size=2).map(tuple)
GRAIN = st.sampled_from(["day", "week", "month"])


@cache
def runner(engine: str) -> Runner:
    """One warehouse an engine, filled anew for each example."""
    empty = {name: Rows(types, []) for name, types in TYPES.items()}
    return World(naive.DEFINITIONS, now=NOW, **empty).on(engine)


def filled(engine: str, shop: Shop) -> Runner:
    """The warehouse with a shop in it."""
    found = runner(engine)
    tables: dict[str, Any] = {
        "customers": shop.customers,
        "orders": [(one.id, one.customer, one.day, one.amount, one.status) for one in shop.orders],
        "lines": shop.lines,
        "stocks": shop.stocks,
    }
    for name, rows in tables.items():
        found.catalog.engine.load(name, Rows(TYPES[name], rows).table, TYPES[name])
    found.catalog.refresh()
    return found


def asked(one: Runner, metrics: tuple[str, ...], **words: Any) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The rows of an answer by their time and groups."""
    answer = one.ask(MetricQuery(metrics, **words), NOW)
    keys = [column.name for column in answer.table.columns if column.role in ("time", "dimension")]
    rows = answer.table.dicts()
    found = {tuple(row[key] for key in keys): {name: row[name] for name in metrics} for row in rows}
    assert len(found) == len(rows)
    return found


def empty(metric: str) -> Any:
    """What a group without rows is worth."""
    return 0 if metric in COUNTS else None


def compare(one: dict[Any, Any], other: dict[Any, Any], metric: str) -> None:
    """Equal by group, where a group that is absent is an empty one."""
    for key in set(one) | set(other):
        left, right = one.get(key, empty(metric)), other.get(key, empty(metric))
        assert (left is None) == (right is None) and (left is None or left == approx(right)), (metric, key, left, right)


@EXAMPLES
@given(shop=shops(), by=BY, grain=st.one_of(st.just(""), GRAIN), span=st.sampled_from(["all", *RANGES]))
def test_flows_are_what_plain_python_says(engine: str, shop: Shop, by: Any, grain: str, span: str) -> None:
    found = asked(filled(engine, shop), FLOWS, by=by, grain=grain, range=span)
    for metric in FLOWS:
        wanted = naive.flow(shop, metric, by, grain, RANGES.get(span))
        if by or grain:
            assert set(found) == set(wanted)
        compare({key: row[metric] for key, row in found.items()}, wanted, metric)


@EXAMPLES
@given(shop=shops(), by=BY, grain=GRAIN, span=st.sampled_from(list(RANGES)), metric=st.sampled_from(WINDOWS))
def test_windows_are_what_plain_python_says(
    engine: str, shop: Shop, by: Any, grain: str, span: str, metric: str
) -> None:
    first, last = RANGES[span]
    if span == "2023-12-30..2024-01-02":
        grain = "day"
    wanted = naive.window(shop, metric, by, grain, (first, last))
    found = asked(filled(engine, shop), (metric,), by=by, grain=grain, range=span)
    assert set(found) == set(wanted)
    compare({key: row[metric] for key, row in found.items()}, wanted, metric)


@EXAMPLES
@given(shop=shops(), by_shop=st.booleans(), grain=st.one_of(st.just(""), GRAIN), span=st.sampled_from(list(RANGES)))
def test_stocks_are_what_plain_python_says(engine: str, shop: Shop, by_shop: bool, grain: str, span: str) -> None:
    by = ("shop",) if by_shop else ()
    found = asked(filled(engine, shop), ("stock",), by=by, grain=grain, range=span)
    wanted = naive.stock(shop, by_shop, grain, RANGES[span])
    compare({key: row["stock"] for key, row in found.items()}, wanted, "stock")


@EXAMPLES
@given(shop=shops(), by=BY, grain=st.one_of(st.just(""), GRAIN), span=st.sampled_from(["all", *RANGES]))
def test_parts_and_none_make_the_total(engine: str, shop: Shop, by: Any, grain: str, span: str) -> None:
    one = filled(engine, shop)
    by = tuple(name for name in by if name != "sku")
    answer = one.ask(MetricQuery(ADDITIVE, by=by, grain=grain, range=span, totals=True), NOW)
    for metric in ADDITIVE:
        parts = [value for value in answer.table.column(metric) if value is not None]
        total = answer.totals[metric]
        assert sum(parts) == (total or 0)  # type: ignore[arg-type]
        assert (total is None) == (metric == "revenue" and not parts)


@EXAMPLES
@given(shop=shops(), by=BY, grain=GRAIN, span=st.sampled_from(["all", *RANGES]))
def test_filling_only_adds_empty_rows(engine: str, shop: Shop, by: Any, grain: str, span: str) -> None:
    one = filled(engine, shop)
    plain = asked(one, FLOWS, by=by, grain=grain, range=span)
    full = asked(one, FLOWS, by=by, grain=grain, range=span, fill=True)
    assert {key: full[key] for key in plain} == plain
    for key in set(full) - set(plain):
        assert full[key] == {metric: empty(metric) for metric in FLOWS}
    periods = {key[0] for key in full} - {None}
    groups = {key[1:] for key in plain} if by else {()}
    assert all((period, *group) in full for period in periods for group in groups)


@EXAMPLES
@given(
    shop=shops(),
    by=BY,
    grain=GRAIN,
    span=st.sampled_from(list(RANGES)),
    metrics=st.permutations((*FLOWS, *WINDOWS, "earlier")),
    alone=st.sampled_from((*FLOWS, *WINDOWS, "earlier")),
)
def test_company_and_order_change_nothing(
    engine: str, shop: Shop, by: Any, grain: str, span: str, metrics: list[str], alone: str
) -> None:
    one = filled(engine, shop)
    together = asked(one, tuple(metrics), by=by, grain=grain, range=span)
    again = asked(one, tuple(reversed(metrics)), by=by, grain=grain, range=span)
    assert together == again
    single = asked(one, (alone,), by=by, grain=grain, range=span)
    compare({key: row[alone] for key, row in single.items()}, {key: row[alone] for key, row in together.items()}, alone)


@EXAMPLES
@given(shop=shops(), by=BY, span=st.sampled_from(["all", *RANGES]), coarse=st.sampled_from(["week", "month"]))
def test_days_make_weeks_and_months(engine: str, shop: Shop, by: Any, span: str, coarse: str) -> None:
    one = filled(engine, shop)
    days = asked(one, ADDITIVE, by=by, grain="day", range=span)
    periods = asked(one, ADDITIVE, by=by, grain=coarse, range=span)
    for metric in ADDITIVE:
        added: dict[tuple[Any, ...], list[Any]] = {}
        for (day, *group), row in days.items():
            key = (naive.begins(day, coarse) if day else None, *group)
            added.setdefault(key, []).extend([row[metric]] if row[metric] is not None else [])
        compare(
            {key: sum(values) if values else empty(metric) for key, values in added.items()},
            {key: row[metric] for key, row in periods.items()},
            metric,
        )


@EXAMPLES
@given(shop=shops(), by=BY, grain=st.one_of(st.just(""), GRAIN), span=st.sampled_from(["all", *RANGES]))
def test_engines_agree(chdb_present: None, shop: Shop, by: Any, grain: str, span: str) -> None:
    metrics = tuple(chain(FLOWS, WINDOWS, ("earlier",)))
    words = {"by": by, "grain": grain, "range": span, "fill": bool(grain)}
    one, other = (asked(filled(engine, shop), metrics, **words) for engine in ("duckdb", "clickhouse"))
    assert set(one) == set(other)
    for metric in metrics:
        compare(
            {key: row[metric] for key, row in one.items()}, {key: row[metric] for key, row in other.items()}, metric
        )


@EXAMPLES
@given(shop=shops(), by=BY, vs=st.sampled_from(["prev", "year"]))
def test_compared_is_the_earlier_question(engine: str, shop: Shop, by: Any, vs: str) -> None:
    """Two months beside the two before them, or the same two a year earlier, asked by themselves."""
    one = filled(engine, shop)
    before = {"prev": "2023-12..2024-01", "year": "2023-02..2023-03"}[vs]
    answer = one.ask(MetricQuery(ADDITIVE, by=by, range="2024-02..2024-03", vs=vs), NOW)
    now, earlier = (asked(one, ADDITIVE, by=by, range=span) for span in ("2024-02..2024-03", before))
    for metric in ADDITIVE:
        held = withheld_of(answer, metric)
        found = {tuple(row[: len(by)]): row for row in answer.table.rows}
        at = answer.table.index(metric)
        compare({key: row[at] for key, row in found.items()}, {key: row[metric] for key, row in now.items()}, metric)
        if not held:
            was = {key: row[at + 1] for key, row in found.items()}
            compare(was, {key: row[metric] for key, row in earlier.items()}, metric)


def withheld_of(answer: Answer, metric: str) -> bool:
    """Whether a comparison is not shown because the data begins too late for it."""
    return all(value is None for value in answer.table.column(f"{metric}__previous"))


MOMENTS = st.datetimes(datetime(2017, 10, 1), datetime(2018, 11, 30)).map(lambda value: value.replace(microsecond=0))


def local_label(value: datetime, written: str, zone: str, grain: str) -> Any:
    """The local period of a plain time, by Python's own zone rules."""
    here = value.replace(tzinfo=ZoneInfo(written)).astimezone(ZoneInfo(zone))
    return naive.begins(here.date(), grain)


@EXAMPLES
@given(
    moments=st.lists(MOMENTS, min_size=1, max_size=12),
    zone=st.sampled_from(ZONES),
    written=st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe"]),
    grain=GRAIN,
    bounded=st.booleans(),
)
def test_days_are_the_zone_s_own(
    engine: str, moments: list[datetime], zone: str, written: str, grain: str, bounded: bool
) -> None:
    one = clocks(engine, written)
    one.catalog.engine.load(
        "ticks", Rows({"at": "timestamp"}, [(value,) for value in moments]).table, {"at": "timestamp"}
    )
    one.catalog.refresh()
    labels = Counter(local_label(value, written, zone, grain) for value in moments)
    span = "2017-09-01..2018-12-31" if bounded else "all"
    for words in ({"grain": grain}, {"by": (f"at__{grain}",)}):
        found = asked(one, ("ticks_seen",), range=span, timezone=zone, **words)
        assert {key[0]: row["ticks_seen"] for key, row in found.items()} == labels
    hours = asked(one, ("ticks_seen",), grain="hour", range=span, timezone=zone)
    for (label,), row in hours.items():
        inside = [
            value
            for value in moments
            if label.timestamp() <= value.replace(tzinfo=ZoneInfo(written)).timestamp() < label.timestamp() + 5400
        ]
        assert label.minute == 0 or zone == "Australia/Lord_Howe"
        assert row["ticks_seen"] <= len(inside)
    assert sum(row["ticks_seen"] for row in hours.values()) == len(moments)
    middle = moments[0].replace(tzinfo=ZoneInfo(written)).astimezone(ZoneInfo(zone)).date()
    [(count,)] = [tuple(row.values()) for row in asked(one, ("ticks_seen",), range=str(middle), timezone=zone).values()]
    assert count == sum(1 for value in moments if local_label(value, written, zone, "day") == middle)


@cache
def clocks(engine: str, written: str) -> Runner:
    """A warehouse of times written in a zone."""
    definitions = f"""
datasets:
  - {{name: ticks, source: ticks, time: at, fields: [{{name: at, timezone: {written}}}]}}
metrics:
  - {{name: ticks_seen, type: simple, dataset: ticks, agg: count}}
"""
    return World(definitions, now=NOW, ticks="at timestamp").on(engine)
