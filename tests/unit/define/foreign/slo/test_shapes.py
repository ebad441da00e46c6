"""Objectives in every shape, adopted and asked: their shares are what their queries say of the rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.promql import Minute, World, rows_for
from tests.collected import shop_with
from truenorth.define.foreign.adopt import Adoption, adopted

SLOTH = """version: prometheus/v1
service: shop
labels: {team: payments, tier: "1"}
slos:
  - {name: checkout, objective: 99.5, sli: {events: {error_query: 'ERROR', total_query: 'TOTAL'}}}
"""
RAW = """version: prometheus/v1
service: shop
slos:
  - {name: checkout, objective: 99.5, sli: {raw: {error_ratio_query: 'RATIO'}}}
"""
ALL = 'sum(rate(hits_total{job="shop"}[{{.window}}]))'
EVENTS = (
    ('sum(rate(hits_total{job="shop",code=~"5..|429"}[{{.window}}])) or vector(0)', ALL),
    ('sum(increase(hits_total{job="shop",code!~"2.."}[{{ .window }}]))', ALL.replace("rate", "increase")),
    ('sum(rate(hits_total{job="shop",code!="200"}[{{.window}}]))', ALL),
    ('sum(rate(hits_total{job="shop",code=""}[{{.window}}]))', ALL),
    ('sum(rate(hits_total{job="shop",code=~"500|503|"}[{{.window}}]))', ALL),
    ('sum(rate(hits_total{job="shop",code!~"200|204"}[{{.window}}]))', ALL),
    (f'{ALL} - sum(rate(hits_total{{job="shop",code=~"2.."}}[{{{{.window}}}}]))', ALL),
    (
        'sum(rate(hits_total{code="500"}[{{.window}}])) + sum(rate(lost_total[{{.window}}]))',
        "sum(rate(hits_total[{{.window}}])) + sum(rate(lost_total[{{.window}}]))",
    ),
    ("sum(rate(lost_total[{{.window}}])) * 100", "100 * (sum(rate(hits_total[{{.window}}])) > 0)"),
    (
        'sum(rate(slow_bucket{le=~".*Inf"}[{{.window}}])) - sum(rate(slow_bucket{le="0.3"}[{{.window}}]))',
        'sum(rate(slow_bucket{le="+Inf"}[{{.window}}]))',
    ),
    ("sum(sum_over_time(bad_jobs[{{.window}}]))", "sum(sum_over_time(jobs[{{.window}}]))"),
    ("sum_over_time((count(level < 0.4))[{{.window}}:])", "sum_over_time((count(level))[{{.window}}:])"),
)
RATIOS = (
    "1 - (sum(sum_over_time(up[{{.window}}])) / sum(count_over_time(up[{{.window}}])))",
    'sum(rate(hits_total{code=~"5.."}[{{.window}}])) / sum(rate(hits_total[{{.window}}]))',
    '1 - sum(rate(hits_total{code!~"5.."}[$__rate_interval])) / sum(rate(hits_total[$__rate_interval]))',
    '(sum(rate(hits_total[5m])) - sum(rate(hits_total{code="200"}[5m]))) / sum(rate(hits_total[5m]))',
    '-1 * (sum(rate(hits_total{code="200"}[5m])) / sum(rate(hits_total[5m])) - 1)',
)


def carried(folder: Path, text: str) -> Adoption:
    folder.mkdir(exist_ok=True)
    (folder / "slo.yml").write_text(text, "utf-8")
    return adopted(folder / "slo.yml")


def share(folder: Path, adoption: Adoption, rows: list[Minute], name: str = "shop_checkout", **asked: str) -> object:
    with shop_with(folder / "shop", adoption, rows) as shop:
        [row] = shop.query(name, range="2026-03-01", **asked).table.rows
        return row[-1]


@pytest.mark.parametrize(("error", "total"), EVENTS)
def test_events(tmp_path: Path, error: str, total: str) -> None:
    adoption = carried(tmp_path, SLOTH.replace("ERROR", error).replace("TOTAL", total))
    rows = rows_for([error, total], seed=7)
    world = World(rows)
    assert share(tmp_path, adoption, rows) == pytest.approx(1 - world.value(error) / world.value(total))


@pytest.mark.parametrize("ratio", RATIOS)
def test_ratios(tmp_path: Path, ratio: str) -> None:
    plain = ratio.replace("$__rate_interval", "5m")
    rows = rows_for([plain], seed=8)
    adoption = carried(tmp_path, RAW.replace("RATIO", ratio))
    assert share(tmp_path, adoption, rows) == pytest.approx(1 - World(rows).value(plain))


@pytest.mark.parametrize("ratio", ["1 - up", "1 - avg(up)", "1 - avg(avg_over_time(up[5m]))", "avg(up < bool 0.5)"])
def test_levels_are_told_by_their_mean(tmp_path: Path, ratio: str) -> None:
    rows = rows_for(["up"], seed=9)
    adoption = carried(tmp_path, RAW.replace("RATIO", ratio))
    every = [value for row in rows for value in row.samples]
    last = [row.samples[-1] for row in rows]
    mean = {
        "1 - avg(avg_over_time(up[5m]))": sum(every) / len(every),
        "avg(up < bool 0.5)": 1 - sum(value < 0.5 for value in last) / len(last),
    }
    assert share(tmp_path, adoption, rows) == pytest.approx(mean.get(ratio, sum(last) / len(last)))


def test_bounds_of_buckets_are_numbers(tmp_path: Path) -> None:
    total = "sum(rate(slow_count[5m]))"
    text = SLOTH.replace("ERROR", f'{total} - sum(rate(slow_bucket{{le="0.3"}}[5m]))').replace("TOTAL", total)
    rows = [
        Minute("slow_bucket", (("le", "0.30"),), 0, 6.0, (0,)),
        Minute("slow_bucket", (("le", "+Inf"),), 0, 8.0, (0,)),
        Minute("slow_count", (), 0, 8.0, (0,)),
    ]
    assert share(tmp_path, carried(tmp_path, text), rows) == 0.75


PYRRA = """apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: shop-checkout, namespace: web, labels: {team: payments}}
spec:
  target: "99.0"
  window: 2w
  indicator:
"""


def test_pyrra_ratio_by_its_grouping(tmp_path: Path) -> None:
    text = PYRRA + (
        "    ratio:\n"
        '      errors: {metric: \'hits{job="a",code=~"5.."} offset 1m\'}\n'
        "      total: {metric: 'hits{job=\"a\"}'}\n"
        "      grouping: [route]\n"
    )
    adoption = carried(tmp_path, text)
    rows = [
        Minute("hits", (("job", "a"), ("code", "500"), ("route", "/pay")), 0, 1.0, (0,)),
        Minute("hits", (("job", "a"), ("code", "200"), ("route", "/pay")), 0, 3.0, (0,)),
        Minute("hits", (("job", "a"), ("code", "200")), 0, 4.0, (0,)),
        Minute("hits", (("job", "b"), ("code", "500")), 0, 100.0, (0,)),
    ]
    [slo] = [item.keys for item in adoption.items if item.kind == "slo"]
    assert (slo["objective"], slo["windows"], slo["owner"]) == (99, ["2 weeks"], "payments")
    assert slo["dimensions"] == ["route"]
    with shop_with(tmp_path / "shop", adoption, rows) as shop:
        found = dict(shop.query("shop_checkout", by="route", range="2026-03-01").table.rows)
    assert found == {"/pay": 0.75, None: 1.0}
    assert [loss.code for loss in adoption.losses] == ["OFFSET_DROPPED"]


def test_pyrra_latency(tmp_path: Path) -> None:
    text = PYRRA + (
        "    latency:\n      success: {metric: 'took_bucket{le=\"1\"}'}\n      total: {metric: took_count}\n"
    )
    rows = [
        Minute("took_bucket", (("le", "1.0"),), 0, 3.0, (0,)),
        Minute("took_bucket", (("le", "2"),), 0, 4.0, (0,)),
        Minute("took_count", (), 0, 4.0, (0,)),
    ]
    assert share(tmp_path, carried(tmp_path, text), rows) == 0.75


def test_pyrra_native_latency(tmp_path: Path) -> None:
    text = PYRRA + "    latencyNative: {latency: 200ms, total: {metric: 'took{code=\"ok\"}'}, grouping: [method]}\n"
    rows = [
        Minute("took_bucket", (("code", "ok"), ("method", "get"), ("le", bound)), 0, count, (0,))
        for bound, count in (("0.1", 1.0), ("0.2", 3.0), ("+Inf", 4.0))
    ]
    rows += [Minute("took_bucket", (("code", "bad"), ("le", "+Inf")), 0, 9.0, (0,))]
    assert share(tmp_path, carried(tmp_path, text), rows) == 0.75


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [("0", "1", 0.25), ("0", "1.5", 0.375), ("1", "2", 0.25), ("-Inf", "+Inf", 1.0), ("1.5", "+Inf", 0.625)],
)
def test_shares_of_a_histogram(tmp_path: Path, low: str, high: str, expected: float) -> None:
    text = RAW.replace("RATIO", f"1 - histogram_fraction({low}, {high}, sum(rate(took[5m])))")
    rows = [
        Minute("took_bucket", (("le", bound),), 0, count, (0,))
        for bound, count in (("1", 1.0), ("2", 2.0), ("+Inf", 4.0))
    ]
    assert share(tmp_path, carried(tmp_path, text), rows) == pytest.approx(expected)


def test_pyrra_gauge(tmp_path: Path) -> None:
    text = PYRRA + "    bool_gauge: {metric: 'up{job=\"a\"}', grouping: [instance]}\n"
    rows = [
        Minute("up", (("job", "a"), ("instance", "1")), 0, 0.0, (1, 1, 0)),
        Minute("up", (("job", "a"), ("instance", "2")), 1, 0.0, (1,)),
        Minute("up", (("job", "b"),), 1, 0.0, (0,)),
    ]
    assert share(tmp_path, carried(tmp_path, text), rows) == 0.75


OPENSLO = """apiVersion: openslo/v1
kind: SLI
metadata: {name: answered}
spec:
  ratioMetric:
    counter: true
    good: {metricSource: {type: Prometheus, spec: {query: 'sum by (route) (hits{code="200"})'}}}
    total: {metricSource: {type: Prometheus, spec: {query: sum by (route) (hits)}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: checkout, displayName: Checkout works, labels: {team: [payments, web]}}
spec:
  service: shop
  indicatorRef: answered
  timeWindow: [{duration: 1M, isRolling: false, calendar: {startTime: 2022-01-01 12:00:00, timeZone: UTC}}]
  budgetingMethod: METHOD
  objectives:
    - {displayName: Ours, target: 0.995, timeSliceTarget: 0.8, timeSliceWindow: 1m}
    - {displayName: Theirs, targetPercent: 99, timeSliceTarget: 0.5, timeSliceWindow: 1m}
"""
HITS = [
    Minute("hits", (("code", "200"),), 0, 9.0, (0,)),
    Minute("hits", (("code", "500"),), 0, 1.0, (0,)),
    Minute("hits", (("code", "200"),), 1, 3.0, (0,)),
    Minute("hits", (("code", "500"),), 1, 2.0, (0,)),
]


def test_openslo_has_an_objective_for_each_of_its_own(tmp_path: Path) -> None:
    adoption = carried(tmp_path, OPENSLO.replace("METHOD", "Occurrences"))
    found = [item.keys for item in adoption.items if item.kind == "slo"]
    assert [one["name"] for one in found] == ["shop_checkout_ours", "shop_checkout_theirs"]
    assert [one["objective"] for one in found] == [99.5, 99]
    assert found[0]["label"] == "Checkout works: Ours"
    assert (found[0]["windows"], found[0]["owner"], found[0]["dimensions"]) == (["month"], "payments", ["route"])
    assert share(tmp_path, adoption, HITS, "shop_checkout_ours") == 0.8


def test_openslo_slices(tmp_path: Path) -> None:
    adoption = carried(tmp_path, OPENSLO.replace("METHOD", "Timeslices"))
    assert share(tmp_path, adoption, HITS, "shop_checkout_ours") == 0.5
    assert share(tmp_path / "again", adoption, HITS, "shop_checkout_theirs") == 1.0


@pytest.mark.parametrize(("op", "share_of_minutes"), [("lt", 0.25), ("lte", 0.5), ("gt", 0.5), ("gte", 0.75)])
def test_openslo_values(tmp_path: Path, op: str, share_of_minutes: float) -> None:
    rows = [Minute("queue", (("host", "a"),), at, 0.0, (level,)) for at, level in enumerate((1, 2, 3, 4))]
    text = threshold("sum(queue)", f"op: {op}, value: 2")
    assert share(tmp_path, carried(tmp_path, text), rows) == share_of_minutes


@pytest.mark.parametrize(
    ("query", "limit", "expected"),
    [
        ("sum(queue)", 5, 0.5),  # 4 and 6
        ("avg(queue)", 2.5, 0.5),  # 2 and 3
        ("max(queue)", 4.5, 0.5),  # 3 and 5
        ("sum(max_over_time(queue[2m]))", 10, 1.0),
        ("sum(rate(queue[5m]))", 0.2, 0.5),  # 6 and 60 a minute
        ("sum(increase(queue[5m]))", 7, 0.5),
        ("count(queue > 2)", 1.5, 0.5),  # one and two series
    ],
)
def test_values_of_several_series(tmp_path: Path, query: str, limit: float, expected: float) -> None:
    levels = ((0, "a", 1.0, 3.0), (0, "b", 5.0, 1.0), (1, "a", 30.0, 5.0), (1, "b", 30.0, 1.0), (1, "c", 0.0, 3.0))
    levels = levels[:4] if query.startswith(("sum(queue)", "avg", "max")) else levels
    rows = [Minute("queue", (("host", host),), at, grew, (level,)) for at, host, grew, level in levels]
    adoption = carried(tmp_path, threshold(query, f"op: lt, value: {limit}"))
    assert share(tmp_path, adoption, rows) == expected


def test_a_percentile_is_told_from_its_buckets(tmp_path: Path) -> None:
    query = "histogram_quantile(0.5, sum by (le, route) (rate(took_bucket[5m])))"
    adoption = carried(tmp_path, threshold(query, "op: lte, value: 1"))
    grown = (("1", 9.0, 1.0), ("2", 10.0, 10.0), ("+Inf", 10.0, 10.0))
    rows = [
        Minute("took_bucket", (("route", "/"), ("le", bound)), at, many[at], (0,))
        for bound, *many in grown
        for at in (0, 1)
    ]
    assert share(tmp_path, adoption, rows) == 0.5


def threshold(query: str, bound: str) -> str:
    return (
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: checkout}\nspec:\n  service: shop\n"
        "  timeWindow: [{duration: 28d, isRolling: true}]\n  budgetingMethod: Timeslices\n"
        "  indicator:\n    metadata: {name: lag}\n    spec:\n      thresholdMetric:\n        metricSource:\n"
        f"          type: Prometheus\n          spec: {{query: '{query}'}}\n"
        f"  objectives: [{{{bound}, target: 0.9, timeSliceWindow: 1m}}]\n"
    )


def test_raw_shares_of_success_and_failure(tmp_path: Path) -> None:
    ratio = 'sum(rate(hits{code="500"}[5m])) / sum(rate(hits[5m]))'
    for kind, expected in (("success", 0.2), ("failure", 0.8)):
        text = (
            "- apiVersion: openslo/v1\n  kind: SLO\n  metadata: {name: checkout}\n  spec:\n    service: shop\n"
            "    timeWindow: [{duration: 1w, isRolling: true}]\n    budgetingMethod: Occurrences\n"
            f"    indicator: {{spec: {{ratioMetric: {{rawType: {kind}, raw: {{metricSource: {{type: Prometheus,\n"
            f"      spec: {{query: '{ratio}'}}}}}}}}}}}}\n    objectives: [{{target: 0.9}}]\n"
        )
        assert share(tmp_path / kind, carried(tmp_path / kind, text), HITS) == pytest.approx(expected)


def test_labels_that_no_series_has_yet(tmp_path: Path) -> None:
    text = SLOTH.replace("ERROR", 'sum(rate(hits{status="bad",group!="x"}[5m]))').replace(
        "TOTAL", "sum(rate(hits[5m]))"
    )
    assert share(tmp_path, carried(tmp_path, text), HITS) == 1.0
