"""Units at check time: what follows from the parts, and what makes no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from truenorth.base.errors import DefinitionErrors
from truenorth.base.unit import singular, unit_words
from truenorth.define.load import load
from truenorth.define.model import Model

FIELDS = """
      - {name: day}
      - {name: net, unit: currency}
      - {name: in_euro, unit: currency, currency: EUR}
      - {name: in_dollars, unit: currency, currency: USD}
      - {name: price, unit: currency}
      - {name: quantity, unit: items}
      - {name: wait_ms, unit: milliseconds}
      - {name: wait, unit: seconds}
      - {name: rate, unit: percent}
      - {name: clicks, unit: clicks}
      - {name: plain}
"""
GROUND = f"""version: 1
datasets:
  - name: sales
    source: sales
    time: day
    fields:{FIELDS}
  - {{name: visits, source: visits, time: day, fields: [{{name: who}}]}}
metrics:
  - {{name: revenue, type: simple, dataset: sales, agg: sum, expr: net, unit: currency}}
  - {{name: euros, type: simple, dataset: sales, agg: sum, expr: in_euro}}
  - {{name: orders, type: simple, dataset: sales, agg: count, unit: orders}}
  - {{name: counted, type: simple, dataset: sales, agg: count}}
  - {{name: people, type: simple, dataset: visits, agg: count_distinct, expr: who, unit: people}}
  - {{name: buyers, type: simple, dataset: visits, agg: count_distinct, expr: who, filter: who > 1, unit: people}}
  - {{name: clicked, type: simple, dataset: sales, agg: sum, expr: clicks, unit: clicks}}
  - {{name: waited, type: simple, dataset: sales, agg: sum, expr: wait}}
  - {{name: waited_ms, type: simple, dataset: sales, agg: sum, expr: wait_ms}}
  - {{name: open_rate, type: ratio, numerator: buyers, denominator: people, unit: percent}}
  - {{name: click_rate, type: ratio, numerator: clicked, denominator: orders, unit: percent}}
  - {{name: buy_rate, type: ratio, numerator: people, denominator: buyers, unit: percent}}
  - {{name: close_rate, type: ratio, numerator: people, denominator: buyers, unit: percent}}
  - {{name: aov, type: ratio, numerator: revenue, denominator: orders, unit: currency}}
  - {{name: arpu, type: ratio, numerator: revenue, denominator: people}}
"""


def model(folder: Path, *metrics: str, fields: str = "") -> Model:
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Units\ncurrency: USD\n", "utf-8")
    ground = GROUND.replace("      - {name: plain}\n", f"      - {{name: plain}}\n{fields}")
    text = ground + "".join(f"  - {{{metric}}}\n" for metric in metrics)
    (folder / "metrics" / "all.yml").write_text(text, "utf-8")
    return load(folder)


def derived(expr: str, **said: str) -> str:
    """A derived metric `it` over the metrics its formula names."""
    names = dict.fromkeys(word for word in expr.replace("(", " ").replace(")", " ").replace(",", " ").split())
    known = [name for name in names if f"name: {name}," in GROUND]
    inputs = ", ".join(f"{{name: {name}}}" for name in known)
    more = "".join(f", {key}: {value}" for key, value in said.items())
    return f'name: it, type: derived, expr: "{expr}", input_metrics: [{inputs}]{more}'


def rows(agg: str, expr: str, **said: str) -> str:
    """A simple metric `it` over sales."""
    more = "".join(f", {key}: {value}" for key, value in said.items())
    return f'name: it, type: simple, dataset: sales, agg: {agg}, expr: "{expr}"{more}'


def ratio(numerator: str, denominator: str, **said: str) -> str:
    more = "".join(f", {key}: {value}" for key, value in said.items())
    return f"name: it, type: ratio, numerator: {numerator}, denominator: {denominator}{more}"


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (rows("sum", "net"), "USD"),
        (rows("median", "net - in_dollars"), "USD"),
        (rows("sum", "in_euro"), "EUR"),
        (rows("sum", "price * quantity"), "USD"),
        (rows("sum", "net * rate"), "USD"),
        (rows("sum", "case when plain = 1 then net else 0 end"), "USD"),
        (rows("sum", "coalesce(round(abs(net), 2), 0)"), "USD"),
        (rows("sum", "plain * 2"), ""),
        (rows("avg", "wait_ms / 1000"), "seconds"),
        (rows("avg", "wait_ms / 1000.0 / 60"), "minutes"),
        (rows("avg", "wait * 2"), "seconds"),
        (rows("avg", "date_diff('minute', day, day)"), "minutes"),
        (rows("avg", "rate"), "percent"),
        (rows("max", "clicks"), "clicks"),
        (ratio("revenue", "orders"), "USD per order"),
        (ratio("revenue", "people"), "USD per person"),
        (ratio("revenue", "counted"), "USD per sale"),
        (ratio("waited", "orders"), "seconds per order"),
        (ratio("orders", "people"), "orders per person"),
        (ratio("orders", "waited"), "orders per second"),
        (ratio("buyers", "people"), "ratio"),
        (ratio("clicked", "orders", unit="percent"), "percent"),
        (derived("revenue / orders"), "USD per order"),
        (derived("1000 * revenue / clicked"), "USD per 1,000 clicks"),
        (derived("aov * orders"), "USD"),
        (derived("revenue / aov"), "order"),
        (derived("arpu / open_rate"), "USD per person"),
        (derived("1 - open_rate"), "percent"),
        (derived("open_rate + buy_rate"), "percent"),
        (derived("open_rate - click_rate"), "percentage points"),
        (derived("buy_rate - close_rate", unit="percent"), "percent"),
        (derived("revenue / revenue - 1"), "ratio"),
        (derived("revenue / (revenue / 3)", unit="months"), "months"),
        (derived("orders + people", unit="events"), "events"),
        (derived("orders - counted"), ""),
        (derived("waited_ms / 1000 + waited"), "seconds"),
        ("name: it, type: cumulative, input_metric: revenue, window: 28 days", "USD"),
    ],
)
def test_a_unit_follows_from_the_parts(tmp_path: Path, metric: str, words: str) -> None:
    it = model(tmp_path, metric).metrics["it"]
    assert unit_words(it.unit, it.currency or ("USD" if it.unit == "currency" else ""), it.per) == words


@pytest.mark.parametrize(
    ("metric", "code", "message", "hint"),
    [
        (derived("revenue + orders"), "E_UNITS_DIFFER", "USD + orders has no unit", "only like can be added"),
        (derived("revenue + counted"), "E_UNITS_DIFFER", "USD + a count has no unit", "only like can be added"),
        (derived("revenue + euros"), "E_UNITS_DIFFER", "USD + EUR has no unit", "convert one first"),
        (derived("revenue / euros"), "E_UNITS_DIFFER", "USD / EUR has no unit", "convert one first"),
        (ratio("euros", "revenue"), "E_UNITS_DIFFER", "EUR / USD has no unit", "convert one first"),
        (derived("waited_ms + waited"), "E_UNITS_DIFFER", "milliseconds + seconds", "milliseconds / 1000 are seconds"),
        (ratio("waited_ms", "waited"), "E_UNITS_DIFFER", "milliseconds / seconds", "milliseconds / 1000 are seconds"),
        (derived("orders + people"), "E_UNITS_DIFFER", "orders + people has no unit", "say what of: unit: events"),
        (derived("open_rate + orders"), "E_UNITS_DIFFER", "percent + orders has no unit", "only like"),
        (derived("revenue - open_rate"), "E_UNITS_DIFFER", "USD − percent has no unit", "only like"),
        (derived("aov + arpu"), "E_UNITS_DIFFER", "USD per order + USD per person", "only like"),
        (derived("aov + revenue"), "E_UNITS_DIFFER", "USD per order + USD has no unit", "only like"),
        (derived("coalesce(revenue, orders)"), "E_UNITS_DIFFER", "USD beside orders has no unit", "only like"),
        (derived("case when revenue > orders then 1 end"), "E_UNITS_DIFFER", "USD beside orders", "only like"),
        (derived("greatest(waited, revenue)"), "E_UNITS_DIFFER", "seconds beside USD", "only like"),
        (rows("sum", "in_euro + in_dollars"), "E_UNITS_DIFFER", "EUR + USD has no unit", "convert one first"),
        (rows("sum", "case when plain = 1 then net else wait end"), "E_UNITS_DIFFER", "money beside seconds", "only"),
        (derived("revenue * euros"), "E_UNIT_PRODUCT", "USD × EUR is no unit", "a plain number or a count"),
        (rows("sum", "net * net"), "E_UNIT_PRODUCT", "money × money is no unit", "a plain number or a count"),
        (rows("sum", "rate"), "E_SUM_OF_SHARES", '"it" adds up percent, row by row', "agg: avg"),
        (rows("sum", "rate + 1"), "E_SUM_OF_SHARES", '"it" adds up percent, row by row', "type: ratio"),
        (rows("sum", "net", unit="percent"), "E_UNIT_CONTRADICTED", "said to be in percent, but it is money", "currency"),
        (rows("sum", "net", unit="orders"), "E_UNIT_CONTRADICTED", "said to be in orders, but it is money", "currency"),
        (rows("count", "net", unit="currency"), "E_UNIT_CONTRADICTED", "in money, but it is a count", "unit: count"),
        (rows("sum", "clicks", unit="seconds"), "E_UNIT_CONTRADICTED", "in seconds, but it is clicks", "unit: clicks"),
        (rows("sum", "in_euro", unit="currency", currency="USD"), "E_UNIT_CONTRADICTED", "in USD, but it is EUR", "EUR"),
        (rows("avg", "wait_ms", unit="seconds"), "E_UNIT_CONTRADICTED", "milliseconds", "milliseconds / 1000 are seconds"),
        (rows("avg", "wait_ms / 60", unit="seconds"), "E_UNIT_CONTRADICTED", "in seconds", "milliseconds / 1000"),
        (ratio("revenue", "orders", unit="percent"), "E_UNIT_CONTRADICTED", "but it is USD per order", "unit: currency"),
        (ratio("buyers", "people", unit="people"), "E_UNIT_CONTRADICTED", "in people, but it is ratio", "unit: ratio"),
        (ratio("revenue", "revenue", unit="currency"), "E_UNIT_CONTRADICTED", "but it is ratio", "unit: ratio"),
        (derived("open_rate - click_rate", unit="percent"), "E_UNIT_CONTRADICTED", "percentage points", "unit: points"),
        (derived("100 * buyers / people", unit="percent"), "E_UNIT_CONTRADICTED", "100 times one", "leave out the 100"),
        (derived("open_rate * 1", unit="points"), "E_UNIT_CONTRADICTED", "percentage points", "unit: percent"),
        (rows("sum", "net", unit="currency", per="order"), "E_UNIT_CONTRADICTED", "money per order", "leave out `per`"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(tmp_path: Path, metric: str, code: str, message: str, hint: str) -> None:
    with pytest.raises(DefinitionErrors) as caught:
        model(tmp_path, metric)
    [error] = caught.value.errors
    assert error.code == code
    assert message in error.message
    assert hint in error.hint
    assert error.where is not None and error.where.line == len(GROUND.splitlines()) + 1


def test_fields_are_checked_like_metrics(tmp_path: Path) -> None:
    wrong = "      - {name: waits, expr: wait_ms / 100, unit: seconds}\n      - {name: sums, expr: net + wait}\n"
    with pytest.raises(DefinitionErrors) as caught:
        model(tmp_path, fields=wrong)
    assert [error.code for error in caught.value.errors] == ["E_UNIT_CONTRADICTED", "E_UNITS_DIFFER"]


def test_a_metric_is_told_once_however_many_rest_on_it(tmp_path: Path) -> None:
    with pytest.raises(DefinitionErrors) as caught:
        model(
            tmp_path,
            derived("revenue + orders"),
            "name: more, type: derived, expr: it * 2, input_metrics: [{name: it}]",
        )
    assert [error.code for error in caught.value.errors] == ["E_UNITS_DIFFER"]


def test_definitions_without_units_are_never_refused(tmp_path: Path) -> None:
    """Nothing is known of plain columns, and counts of rows may be added as one likes."""
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Plain\n", "utf-8")
    text = """version: 1
datasets:
  - {name: a, source: a, time: day, fields: [{name: x}, {name: day}]}
  - {name: b, source: b, time: day, fields: [{name: y}, {name: day}]}
metrics:
  - {name: an, type: simple, dataset: a, agg: count}
  - {name: bn, type: simple, dataset: b, agg: count_distinct, expr: y}
  - {name: ax, type: simple, dataset: a, agg: sum, expr: x}
  - {name: share, type: ratio, numerator: an, denominator: an}
  - {name: all, type: derived, expr: an + bn * share + ax * ax + share, input_metrics: [{name: an}, {name: bn}, {name: ax}, {name: share}]}
  - {name: rate, type: ratio, numerator: ax, denominator: bn, unit: currency}
"""
    (tmp_path / "metrics" / "all.yml").write_text(text, "utf-8")
    assert {name: one.unit for name, one in load(tmp_path).metrics.items() if one.unit} == {"rate": "currency"}


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("orders", "order"), ("people", "person"), ("companies", "company"), ("boxes", "box"), ("purchases", "purchase"),
        ("branches", "branch"), ("classes", "class"), ("buses", "bus"), ("licenses", "license"), ("page views", "page view"),
        ("series", "series"), ("business", "business"), ("status", "status"), ("order", "order"), ("ties", "tie"),
    ],
)  # fmt: skip
def test_one_of_many(many: str, one: str) -> None:
    assert singular(many) == one
