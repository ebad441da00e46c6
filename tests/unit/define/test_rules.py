"""What definitions mean together: every rule's error, with its exact place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.define.marked import GROUND, expect, good, write
from truenorth.base.errors import DefinitionErrors
from truenorth.define.check import check
from truenorth.define.load import load
from truenorth.define.model import Metric, Model, Workspace

HEAD = "version: 1\nmetrics:\n"
SIMPLE = "type: simple, dataset: orders, agg: sum, expr: net"
SNAPSHOT = "type: snapshot, dataset: orders, agg: sum, expr: net"
DERIVED = "type: derived, expr: cur / prev, input_metrics: [{name: revenue, alias: cur}"


def metrics(*texts: str) -> str:
    """A file of metrics in brackets."""
    return HEAD + "".join(f"  - {{{text}}}\n" for text in texts)


def datasets(*texts: str) -> str:
    """A file of datasets in brackets."""
    return "version: 1\ndatasets:\n" + "".join(f"  - {{{text}}}\n" for text in texts)


METRICS = [
    # the keys of a type
    ("E_KEY_NOT_ALLOWED", f"name: a, {SIMPLE}, ‸numerator: revenue", "it belongs to type: ratio"),
    (
        "E_KEY_NOT_ALLOWED",
        "name: a, type: ratio, numerator: revenue, denominator: order_count, ‸agg: sum",
        "simple, snapshot or slices",
    ),
    ("E_KEY_NOT_ALLOWED", f"name: a, {SIMPLE}, ‸percentile: 0.5", "write agg: percentile"),
    ("E_MISSING_KEY", "‸{name: a, type: ratio, numerator: revenue}", 'no "denominator"; add denominator: …'),
    ("E_MISSING_KEY", "‸{name: a, type: simple, agg: count}", 'no "dataset"; add dataset: orders'),
    ("E_MISSING_KEY", "‸{name: a, type: simple, dataset: orders}", 'no "agg"; add agg: sum, count'),
    ("E_MISSING_KEY", "‸{name: a, type: simple, dataset: orders, agg: sum}", 'no "expr"; add expr: amount'),
    ("E_MISSING_KEY", "‸{name: a, type: simple, dataset: orders, agg: percentile, expr: net}", "add percentile: 0.95"),
    ("E_MISSING_KEY", "‸{name: a, type: cumulative}", 'no "input_metric"'),
    ("E_MISSING_KEY", "‸{name: a, type: derived, expr: revenue}", 'no "input_metrics"'),
    ("E_MISSING_KEY", f"‸{{name: a, {SNAPSHOT}}}", 'no "non_additive_dimension"'),
    ("E_MISSING_KEY", f"name: a, {SIMPLE}, ‸slots: {{x: y}}", 'there is no "template"'),
    # what it names
    (
        "E_NAME_NOT_FOUND",
        "name: a, type: simple, ‸dataset: order, agg: count",
        'no dataset named "order"; did you mean "orders"?',
    ),
    (
        "E_NAME_NOT_FOUND",
        "name: a, type: ratio, ‸numerator: revenu, denominator: order_count",
        'did you mean "revenue"?',
    ),
    (
        "E_NAME_NOT_FOUND",
        "name: a, type: ratio, numerator: revenue, ‸denominator: zzz",
        "there are revenue, order_count",
    ),
    ("E_NAME_NOT_FOUND", "name: a, type: cumulative, ‸input_metric: revenu, window: 7 days", 'did you mean "revenue"?'),
    ("E_NAME_NOT_FOUND", f"name: a, {DERIVED}, {{‸name: revenu, alias: prev}}]", 'did you mean "revenue"?'),
    (
        "E_NAME_NOT_FOUND",
        f"name: a, {SIMPLE}, ‸template: churn rate",
        'no template named "churn rate"; did you mean "churn_rate"',
    ),
    ("E_NAME_NOT_FOUND", f"name: a, {SIMPLE}, dimensions: [channel, ‸chanel]", 'did you mean "channel"?'),
    ("E_NAME_NOT_FOUND", f"name: a, {SIMPLE}, dimensions: [‸customers.regoin]", 'did you mean "region"?'),
    ("E_NAME_NOT_FOUND", f"name: a, {SIMPLE}, ‸filter: customer.region = 'DE'", 'did you mean "customers" or'),
    (
        "E_NAME_NOT_FOUND",
        f"name: a, {SIMPLE}, tests: [{{equals: 1, ‸where: chanel = 'web'}}]",
        'did you mean "channel"?',
    ),
    (
        "E_NO_PATH",
        "name: a, type: simple, dataset: timeless, agg: count, ‸filter: customers.region = 'DE'",
        "reaches no other dataset",
    ),
    (
        "E_FAN_OUT",
        "name: a, type: simple, dataset: customers, agg: sum, ‸expr: orders.net",
        "define the metric on orders",
    ),
    (
        "E_FAN_OUT",
        "name: a, type: simple, dataset: customers, agg: count, ‸filter: orders.net > 0",
        "define the metric on orders",
    ),
    (
        "E_UNSAFE_REAGGREGATION",
        "name: a, type: cumulative, input_metric: aov, window: 7 days, ‸period_agg: first",
        'of "aov", a ratio metric',
    ),
    (
        "E_UNSAFE_REAGGREGATION",
        "name: a, type: conversion, entity: customer_id, ‸base_metric: aov, conversion_metric: order_count",
        "name a simple metric",
    ),
    (
        "E_UNSAFE_REAGGREGATION",
        "name: a, type: conversion, entity: channel, base_metric: order_count, ‸conversion_metric: aov",
        "has none of its own",
    ),
    (
        "E_FAN_OUT",
        "name: a, type: conversion, ‸entity: orders.channel, base_metric: people, conversion_metric: order_count",
        "may have several",
    ),
    ("E_MISSING_KEY", "‸{name: a, type: conversion, base_metric: revenue, conversion_metric: revenue}", "entity"),
    (
        "E_NAME_NOT_FOUND",
        "name: a, type: conversion, entity: channel, base_metric: order_count, ‸conversion_metric: order_coun",
        'did you mean "order_count"?',
    ),
    ("E_KEY_NOT_ALLOWED", f"name: a, {SIMPLE}, ‸approximate: true", "agg: percentile"),
    ("E_KEY_NOT_ALLOWED", f"name: a, {SIMPLE}, ‸percentile_type: discrete", "agg: percentile"),
    ("E_WRONG_TYPE", f"name: a, {SIMPLE.replace('sum', 'median')}, ‸approximate: yes", "true or false"),
    (
        "E_KEY_NOT_ALLOWED",
        f"name: a, {SNAPSHOT.replace('agg: sum', '‸agg: last')}, non_additive_dimension: {{name: day}}",
        "window_agg",
    ),
    # expressions
    ("E_BAD_EXPRESSION", f"name: a, {SIMPLE}, ‸filter: channel = = 'web'", "write plain SQL"),
    ("E_BAD_EXPRESSION", "name: a, type: simple, dataset: orders, agg: sum, ‸expr: net +", "write plain SQL"),
    ("E_BAD_EXPRESSION", f"name: a, {SIMPLE}, tests: [{{equals: 1, ‸where: and}}]", "write plain SQL"),
    ("E_BAD_EXPRESSION", f"name: a, {DERIVED}, {{name: revenue, alias: prev, ‸filter: and}}]", "write plain SQL"),
    ("E_AGGREGATE_IN_EXPRESSION", "name: a, type: simple, dataset: orders, agg: sum, ‸expr: sum(net)", "agg:"),
    ("E_UNKNOWN_FUNCTION", "name: a, type: simple, dataset: orders, agg: sum, ‸expr: frobnicate(net)", "frobnicate"),
    (
        "E_BAD_TIME_CONDITION",
        f"name: a, {SIMPLE}, ‸filter: metric_time > '2026-01-01'",
        "name the field that holds the time",
    ),
    (
        "E_UNKNOWN_INPUT",
        f"name: a, {DERIVED.replace('expr', '‸expr')}, {{name: revenue, alias: before}}]",
        "the inputs are cur, before",
    ),
    (
        "E_UNKNOWN_INPUT",
        f"name: a, {DERIVED.replace('expr', '‸expr')}, {{name: revenue, alias: prv}}]",
        'did you mean "prv"?',
    ),
    (
        "E_UNUSED_INPUT",
        f"name: a, {DERIVED}, {{name: revenue, alias: prev}}, ‸{{name: aov}}]",
        "use it, or take it out",
    ),
    (
        "E_DUPLICATE_NAME",
        "name: a, type: derived, expr: revenue, input_metrics: [{name: revenue}, {‸name: revenue}]",
        "add alias: revenue_before",
    ),
    # values
    ("E_RESERVED_NAME", f"‸name: metric_time, {SIMPLE}", "choose another name"),
    ("E_BAD_UNIT", f"name: a, {SIMPLE}, ‸unit: '%'", "write unit: percent"),
    ("E_BAD_UNIT", f"name: a, {SIMPLE}, ‸unit: ms", "write unit: milliseconds"),
    ("E_BAD_UNIT", f"name: a, {SIMPLE}, ‸unit: EUR", "write unit: currency and currency: EUR"),
    ("E_BAD_UNIT", f"name: a, {SIMPLE}, ‸unit: '42'", "or a noun such as orders"),
    ("E_BAD_UNIT", f"name: a, {SIMPLE}, ‸unit: 'orders; x'", "or a noun such as orders"),
    ("E_BAD_CURRENCY", f"name: a, {SIMPLE}, unit: currency, ‸currency: eur", "write it as currency: EUR"),
    ("E_BAD_CURRENCY", f"name: a, {SIMPLE}, unit: currency, ‸currency: Euros", "three capital letters"),
    ("E_BAD_CURRENCY", f"name: a, {SIMPLE}, ‸currency: EUR", "add unit: currency"),
    ("E_BAD_OWNER", f"name: a, {SIMPLE}, ‸owner: dana@", "is not a mail address"),
    ("E_BAD_OWNER", f"name: a, {SIMPLE}, ‸owner: 12345", "names nobody"),
    ("E_BAD_WINDOW", "name: a, type: cumulative, input_metric: revenue, ‸window: 28d", "28 days"),
    ("E_BAD_WINDOW", f"name: a, {DERIVED}, {{name: revenue, alias: prev, ‸offset_window: 1 mnth}}]", "1 month"),
    (
        "E_KEY_CONFLICT",
        "name: a, type: cumulative, input_metric: revenue, window: 7 days, ‸grain_to_date: month",
        "keep one",
    ),
    (
        "E_BAD_PERCENTILE",
        "name: a, type: simple, dataset: orders, agg: percentile, expr: net, ‸percentile: 95",
        "write percentile: 0.95",
    ),
    (
        "E_BAD_PERCENTILE",
        "name: a, type: simple, dataset: orders, agg: percentile, expr: net, ‸percentile: -1",
        "from 0 to 1",
    ),
    # time
    (
        "E_NO_TIME",
        "name: a, ‸type: cumulative, input_metric: things, window: 7 days",
        'add time: … to the dataset "timeless"',
    ),
    (
        "E_NO_TIME",
        "name: a, ‸type: snapshot, dataset: timeless, agg: count, non_additive_dimension: {name: day}",
        "a snapshot metric needs a time",
    ),
    (
        "E_NO_TIME",
        "name: a, type: simple, dataset: timeless, agg: count, ‸targets: [{value: 1}]",
        "a metric with targets needs a time",
    ),
    (
        "E_NO_TIME",
        "name: a, type: ratio, numerator: revenue, denominator: things, ‸targets: [{value: 1}]",
        '"timeless" of "things"',
    ),
    (
        "E_NO_TIME",
        "name: a, type: derived, expr: things, input_metrics: [{name: things, ‸offset_window: 1 day}]",
        'taking "things" earlier',
    ),
    (
        "E_NO_TIME",
        "name: a, type: simple, dataset: timeless, agg: count, tests: [{equals: 1, ‸where: metric_time = '2026'}]",
        "a test on metric_time",
    ),
    (
        "E_BAD_DATE",
        f"name: a, {SIMPLE}, targets: [{{value: 1, from: 2026-02-01, ‸to: 2026-01-01}}]",
        "before it begins",
    ),
    (
        "E_DUPLICATE_NAME",
        f"name: a, {SIMPLE}, targets: [{{value: 1, from: 2026-01-01}}, ‸{{value: 2, from: 2026-01-01}}]",
        "begin on 2026-01-01",
    ),
]


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (f"name: inside, {SNAPSHOT}, non_additive_dimension: {{name: ordered_at}}", "a level of days"),
        ("name: inside, type: cumulative, input_metric: revenue", "a window needs no other inside it"),
        ("name: inside, type: ratio, numerator: ytd, denominator: revenue", 'through "inside"'),
    ],
)
def test_what_cannot_be_accumulated(tmp_path: Path, inside: str, said: str) -> None:
    ytd = "name: ytd, type: cumulative, input_metric: revenue, grain_to_date: year"
    outside = "name: a, type: cumulative, ‸input_metric: inside, window: 7 days"
    (error,) = expect(tmp_path, "E_UNSAFE_REAGGREGATION", ground=GROUND, more=metrics(ytd, inside, outside))
    assert said in str(error)


@pytest.mark.parametrize(("code", "text", "said"), METRICS)
def test_metrics(tmp_path: Path, code: str, text: str, said: str) -> None:
    given = HEAD + f"  - {text}\n" if text.startswith("‸{") else metrics(text)
    (error,) = expect(tmp_path, code, ground=GROUND, more=given)
    assert said in f"{error.message}; {error.hint}"


DATASETS = [
    ("E_DATASET_SOURCE", "‸{name: a}", "add source: a_table, file:"),
    ("E_DATASET_SOURCE", "name: a, source: a, ‸file: a.csv", 'has both "source" and "file"'),
    ("E_DATASET_SOURCE", "name: a, ‸source: select * from a", "query:"),
    ("E_DATASET_SOURCE", "name: a, ‸query: delete from a", "write query: select …"),
    ("E_DATASET_SOURCE", "name: a, ‸query: select 1; drop table a", "one select"),
    ("E_RESERVED_NAME", "‸name: metric_time, source: a", "choose another name"),
    ("E_RESERVED_NAME", "name: a, source: a, fields: [{‸name: metric_time}]", "choose another name"),
    (
        "E_DUPLICATE_NAME",
        "name: a, source: a, fields: [{name: b}, {‸name: B}]",
        "defined first in metrics/more.yml:3:36",
    ),
    ("E_BAD_UNIT", "name: a, source: a, fields: [{name: b, ‸unit: sec}]", "write unit: seconds"),
    (
        "E_UNKNOWN_TIMEZONE",
        "name: a, source: a, fields: [{name: b, ‸timezone: Europe/Berln}]",
        'did you mean "Europe/Berlin"',
    ),
    (
        "E_BAD_CURRENCY",
        "name: a, source: a, fields: [{name: b, unit: currency, ‸currency: the column}]",
        "name of a column",
    ),
    ("E_BAD_CURRENCY", "name: a, source: a, fields: [{name: b, ‸currency: EUR}]", "add unit: currency"),
    ("E_BAD_EXPRESSION", "name: a, source: a, fields: [{name: b, ‸expr: c +}]", "plain SQL"),
    ("E_NO_PATH", "name: a, source: a, fields: [{name: b, ‸expr: customers.region}]", "not of its own row"),
    ("E_NO_PATH", "name: a, source: a, fields: [{name: b, ‸expr: metric_time}]", "not of its own row"),
    ("E_CYCLE", "name: a, source: a, fields: [{name: b, ‸expr: c + 1}, {name: c, expr: b - 1}]", "b → c → b"),
]


@pytest.mark.parametrize(("code", "text", "said"), DATASETS)
def test_datasets(tmp_path: Path, code: str, text: str, said: str) -> None:
    given = f"version: 1\ndatasets:\n  - {text}\n" if text.startswith("‸{") else datasets(text)
    (error,) = expect(tmp_path, code, ground=GROUND, more=given)
    assert said in f"{error.message}; {error.hint}"


RELATIONSHIPS = [
    (
        "E_NAME_NOT_FOUND",
        "name: a, ‸from: order, to: customers, from_columns: [x], to_columns: [y]",
        'did you mean "orders"?',
    ),
    ("E_NAME_NOT_FOUND", "name: a, from: orders, ‸to: nothing, from_columns: [x], to_columns: [y]", "there are orders"),
    ("E_COLUMNS_DIFFER", "name: a, from: orders, to: customers, from_columns: [x, z], ‸to_columns: [y]", "names 2"),
    (
        "E_COLUMNS_DIFFER",
        "name: a, from: orders, to: customers, ‸from_columns: [], to_columns: []",
        "a column at least",
    ),
    (
        "E_DUPLICATE_NAME",
        "‸name: orders, from: orders, to: customers, from_columns: [x], to_columns: [y]",
        "rename the relationship",
    ),
    (
        "E_DUPLICATE_NAME",
        "‸name: order_customer, from: orders, to: timeless, from_columns: [x], to_columns: [y]",
        "metrics/ground.yml:17:6",
    ),
]


@pytest.mark.parametrize(("code", "text", "said"), RELATIONSHIPS)
def test_relationships(tmp_path: Path, code: str, text: str, said: str) -> None:
    (error,) = expect(tmp_path, code, ground=GROUND, more=f"version: 1\nrelationships: [{{{text}}}]\n")
    assert said in f"{error.message}; {error.hint}"


WORKSPACES = [
    ("E_UNKNOWN_TIMEZONE", "‸timezone: Europe/Berln", 'did you mean "Europe/Berlin"'),
    ("E_UNKNOWN_TIMEZONE", "‸timezone: ../etc/passwd", "no time zone named"),
    ("E_BAD_CURRENCY", "‸currency: usd", "write it as currency: USD"),
    ("E_BAD_LOCALE", "‸locale: de-CH", "write it as locale: de_CH"),
    ("E_BAD_LOCALE", "‸locale: xx", "locale: en"),
    ("E_NAME_NOT_FOUND", "home: [revenue, ‸revenu]", 'did you mean "revenue"?'),
    ("E_DUPLICATE_NAME", "home: [revenue, ‸revenue]", "keep one"),
    ("E_FILE_NOT_FOUND", "definitions: [metrics, ‸metrik]", '"metrik"'),
    ("E_BAD_VALUE", "‸week_start: tuesday", "monday, sunday or saturday"),
    ("E_OTHER_SPELLING", "‸week_start: Sun", 'write "week_start: sunday"'),
    ("E_OTHER_SPELLING", "‸time_zone: UTC", 'write "timezone:"'),
    ("E_OTHER_SPELLING", "‸metrics: [{name: a}]", "in a file of its own, such as metrics/shop.yml"),
    ("E_WRONG_TYPE", "‸home: revenue", "write home: [revenue]"),
]


@pytest.mark.parametrize(("code", "text", "said"), WORKSPACES)
def test_workspace(tmp_path: Path, code: str, text: str, said: str) -> None:
    (error,) = expect(tmp_path, code, workspace=f"version: 1\nname: Acme\n{text}\n", ground=GROUND)
    assert said in f"{error.message}; {error.hint}"


def test_metrics_computed_from_each_other(tmp_path: Path) -> None:
    (error,) = expect(
        tmp_path,
        "E_CYCLE",
        ground=GROUND,
        more=metrics(
            "‸name: a, type: ratio, numerator: b, denominator: revenue",
            "name: b, type: derived, expr: c, input_metrics: [{name: c}]",
            "name: c, type: ratio, numerator: revenue, denominator: a",
            "name: d, type: ratio, numerator: a, denominator: b",
        ),
    )
    assert error.message == "metrics are computed from each other: a → b → c → a"


def test_names_are_defined_once_over_all_files(tmp_path: Path) -> None:
    errors = expect(
        tmp_path,
        "E_DUPLICATE_NAME E_DUPLICATE_NAME",
        ground=GROUND,
        more=datasets("‸name: orders, source: b") + f"metrics:\n  - {{‸name: revenue, {SIMPLE}}}\n",
    )
    assert [error.message for error in errors] == [
        'there is another dataset "orders", defined first in metrics/ground.yml:3:5',
        'there is another metric "revenue", defined first in metrics/ground.yml:19:6',
    ]


def test_errors_of_all_files_come_in_the_order_of_their_places(tmp_path: Path) -> None:
    expect(
        tmp_path,
        "E_BAD_OWNER E_NAME_NOT_FOUND E_BAD_UNIT E_UNKNOWN_KEY E_UNKNOWN_TIMEZONE",
        workspace="version: 1\nname: Acme\n‸timezone: Nowhere\n",
        b=metrics(f"name: b, {SIMPLE}, ‸unit: kg/m", f"name: c, {SIMPLE}, ‸lable: c"),
        a=GROUND + f"  - {{name: a, {SIMPLE}, ‸owner: '@', template: active_users, dimensions: [‸nothing]}}\n",
    )


@pytest.mark.parametrize(
    "text",
    [
        f"name: a, {SIMPLE}, filter: status = 'paid' and customers.region = 'DE' and order_customer.segment = 'b'",
        f"name: a, {SIMPLE}, owner: The Growth Team",
        f"name: a, {SIMPLE}, owner: dana@acme",
        "name: a, type: simple, dataset: orders, agg: count, unit: page views",
        "name: a, type: simple, dataset: orders, agg: count",
        "name: a, type: simple, dataset: orders, agg: percentile, expr: net, percentile: 1",
        "name: a, type: cumulative, input_metric: revenue",
        "name: a, type: simple, dataset: timeless, agg: count, time: happened_on, targets: [{value: 3}]",
        f"name: a, {SIMPLE}, dimensions: [channel, region, customers.segment, ordered_at__month]",
        f"name: a, {SIMPLE}, targets: [{{value: 1, from: 2026-01-01}}, {{value: 2, from: 2026-02-01}}]",
        f"name: a, {SIMPLE}, tests: [{{equals: 1, where: \"metric_time = '2026-01-05' and region = 'DE'\"}}]",
        f"name: a, {DERIVED}, {{name: revenue, alias: prev, offset_window: 1 month, filter: customers.region = 'DE'}}]",
    ],
)
def test_what_is_right(tmp_path: Path, text: str) -> None:
    assert "a" in good(tmp_path, ground=GROUND, more=metrics(text)).metrics


def test_a_field_may_be_named_like_the_column_it_reads_and_read_other_fields(tmp_path: Path) -> None:
    model = good(
        tmp_path,
        more=datasets(
            "name: a, source: a, fields: [{name: b, expr: b * 2}, {name: c, expr: b + a.d}, {name: d, expr: c2}]"
        ),
    )
    assert set(model.expressions) == {"b * 2", "b + a.d", "c2"}


def test_a_query_may_end_in_a_semicolon_and_a_relationship_be_named_like_where_it_leads(tmp_path: Path) -> None:
    good(
        tmp_path,
        more=datasets('name: a, query: "select 1 as x;\\n"', 'name: b, query: "with c as (select 1) select * from c"')
        + "relationships: [{name: b, from: a, to: b, from_columns: [x], to_columns: [x]}]\n",
    )


def test_expressions_are_parsed_once_and_kept_by_their_text(tmp_path: Path) -> None:
    model = good(tmp_path, ground=GROUND, more=metrics(f"name: a, {SIMPLE}, filter: channel = 'web'"))
    assert set(model.expressions) == {"amount - discount", "net", "channel = 'web'"}
    assert model.expressions["amount - discount"].refs == ["amount", "discount"]


def test_a_model_made_in_python_is_checked_the_same(tmp_path: Path) -> None:
    write(tmp_path, ground=GROUND)
    model = load(tmp_path)
    assert check(model).expressions == model.expressions
    broken = Model(Workspace("Acme"), metrics={"a": Metric("a", "ratio", numerator="b", agg="sum")})
    with pytest.raises(DefinitionErrors) as caught:
        check(broken)
    assert [error.code for error in caught.value.errors] == ["E_KEY_NOT_ALLOWED", "E_MISSING_KEY", "E_NAME_NOT_FOUND"]


@pytest.mark.parametrize(
    "unit", ["orders", "Bestellungen", "Übernachtungen", "active people", "commandes passées", "人"]
)
def test_a_noun_of_any_language_is_a_unit(tmp_path: Path, unit: str) -> None:
    assert (
        good(tmp_path, ground=GROUND, more=metrics(f"name: a, type: simple, dataset: orders, agg: count, unit: {unit}"))
        .metrics["a"]
        .unit
        == unit
    )
