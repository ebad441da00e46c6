"""What cannot be carried is told by name and place; what is broken is an error at its place, and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from truenorth.base.errors import DefinitionError, DefinitionErrors
from truenorth.define.foreign.adopt import Adoption, adopted, write
from truenorth.define.load import load
from truenorth.workspace import open as opening
from truenorth.workspace import slo_standings

SLO = """version: prometheus/v1
service: shop
slos:
  - name: good
    objective: 99
    sli: {events: {error_query: "sum(rate(bad_total[5m]))", total_query: "sum(rate(all_total[5m]))"}}
  - name: other
    objective: OBJECTIVE
    sli:
      raw:
        error_ratio_query: |
          QUERY
"""
SHARE = "sum(rate(a_total[5m])) / sum(rate(b_total[5m]))"


def carried(folder: Path, text: str) -> Adoption:
    (folder / "slo.yml").write_text(text, "utf-8")
    return adopted(folder)


def sloth(query: str = SHARE, objective: str = "99") -> str:
    return SLO.replace("QUERY", query).replace("OBJECTIVE", objective)


@pytest.mark.parametrize(
    ("query", "code", "word"),
    [
        ("1 - histogram_share(0.2, sum by (vmrange) (rate(a_bucket[5m])))", "FUNCTION_DROPPED", "histogram_share"),
        ("deriv(a[5m]) / sum(b)", "FUNCTION_DROPPED", "deriv"),
        ("max_over_time(a[1h:5m])", "SUBQUERY_DROPPED", "max_over_time"),
        ("sum_over_time(sum(rate(a_total[5m]))[1h:]) / sum(rate(b_total[5m]))", "SUBQUERY_DROPPED", "sum_over_time"),
        ("avg(rate(a_total[5m])) / avg(rate(b_total[5m]))", "QUERY_DROPPED", "avg"),
        ("sum(rate(a_total[5m])) and sum(rate(b_total[5m]))", "QUERY_DROPPED", "and"),
        ("sum(rate(a_total[5m])) or sum(rate(b_total[5m]))", "QUERY_DROPPED", "or"),
        ("sum(rate(a_total[5m])) > 3", "QUERY_DROPPED", ">"),
        ("sum(rate(a_total[5m]))", "QUERY_DROPPED", "no share"),
        ("sum(rate(a_total[5m])) * sum(rate(b_total[5m]))", "QUERY_DROPPED", "multiplies"),
        ("sum(a) / sum(b) + sum(c) / sum(d)", "QUERY_DROPPED", "different wholes"),
        ("sum(a) / Inf", "QUERY_DROPPED", "no number"),
        ("histogram_fraction(0, 1 + 1, rate(a[5m]))", "QUERY_DROPPED", "bound"),
        ("sum(a) / 0", "QUERY_DROPPED", "zero"),
        ("sum(a) ^ 2 / sum(b)", "QUERY_DROPPED", "^"),
        ('sum({__name__=~"a.*"}) / sum(b)', "QUERY_DROPPED", "pattern"),
        ("sum(a @ 100) / sum(b)", "QUERY_DROPPED", "@"),
        ("count(a_total) / count(b_total)", "QUERY_DROPPED", "counters"),
        ("a_total[5m]", "QUERY_DROPPED", "range"),
    ],
)
def test_queries_that_are_no_counts(tmp_path: Path, query: str, code: str, word: str) -> None:
    made = carried(tmp_path, sloth(query))
    [loss] = made.losses
    assert (loss.code, loss.what, str(loss.origin)) == (code, "shop_other", "slo.yml:11:9")
    assert word in loss.why
    assert [item.name for item in made.items if item.kind == "slo"] == ["shop_good"]


@pytest.mark.parametrize("query", ["sum(rate(a_total[5m])", "rate(a_total)", "a b", "sum(rate(a{x=~'['}[5m]))", "1 +"])
def test_broken_queries_are_errors_at_their_place(tmp_path: Path, query: str) -> None:
    with pytest.raises(DefinitionErrors) as caught:
        carried(tmp_path, sloth(query))
    [error] = caught.value.errors
    assert error.code == "E_PROMQL" and isinstance(error, DefinitionError)
    assert str(error.where) == "slo.yml:11:9"
    assert query in error.message and "is no PromQL: " in error.message


@pytest.mark.parametrize("objective", ["high", "[99]", "{a: 1}", ".nan", "true"])
def test_values_of_another_shape(tmp_path: Path, objective: str) -> None:
    with pytest.raises(DefinitionErrors) as caught:
        carried(tmp_path, sloth(objective=objective))
    assert {error.code for error in caught.value.errors} == {"E_FOREIGN_SHAPE"}


@pytest.mark.parametrize("objective", ["100", "0", "120"])
def test_objectives_that_are_none(tmp_path: Path, objective: str) -> None:
    made = carried(tmp_path, sloth(objective=objective))
    assert [(loss.code, loss.what) for loss in made.losses] == [("SLO_DROPPED", "shop_other")]


@pytest.mark.parametrize(
    "text",
    [
        "version: prometheus/v1\n",
        "version: prometheus/v1\nslos: 3\n",
        "version: prometheus/v1\nslos: [3]\n",
        "version: prometheus/v1\nservice: a\nslos: [{name: a, objective: 9, sli: 3}]\n",
        "version: prometheus/v1\nservice: a\nslos: [{name: a, objective: 9, sli: {events: [1]}}]\n",
        "version: prometheus/v1\nservice: a\nlabels: [1]\nslos: [{name: a, objective: 9, sli: {}}]\n",
        "version: prometheus/v1\nservice: a\nslo_plugins: {chain: 3}\nslos: []\n",
        "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\nspec: []\n",
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\n",
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: 3\nspec: {target: '99'}\n",
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: a}\nspec: {target: '99', window: soon}\n",
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: a}\n"
        "spec: {target: '99', window: 2w, indicator: {latencyNative: {latency: quick, total: {metric: a}}}}\n",
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: a}\n"
        "spec: {target: '99', window: 2w, indicator: {ratio: 3}}\n",
        "apiVersion: openslo/v1\nkind: Slow\nmetadata: {name: a}\n",
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: [a]\nspec: {objectives: [1]}\n",
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec: {objectives: [{target: much}]}\n",
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec: {timeWindow: soon, objectives: [{target: 0.9}]}\n",
        "apiVersion: openslo/v1\nkind: [SLO]\nmetadata: {name: a}\n",
        "apiVersion: openslo/v1\nkind: SLI\nmetadata: a\n",
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec: {timeWindow: [{duration: 1w, isRolling: true}], "
        "indicator: {spec: {ratioMetric: {raw: 3}}}, objectives: [{target: 0.9}]}\n",
    ],
)
def test_files_that_are_shaped_wrongly_never_break(tmp_path: Path, text: str) -> None:
    try:
        made = carried(tmp_path, text)
    except DefinitionErrors as caught:
        assert all(isinstance(error, DefinitionError) and error.where for error in caught.errors)
        assert {error.code for error in caught.errors} <= {"E_FOREIGN_SHAPE", "E_PROMQL", "E_YAML"}
    else:
        assert [item for item in made.items if item.kind == "slo"] == []


OPENSLO = """apiVersion: openslo/v1
kind: SLO
metadata: {name: works}
spec:
  service: shop
  indicatorRef: REF
  timeWindow: [{duration: 2w, isRolling: false, calendar: {startTime: 2022-01-01 12:00:00, timeZone: UTC}}]
  budgetingMethod: METHOD
  objectives: [{target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: LENGTH}]
  alertPolicies: [{kind: AlertPolicy, metadata: {name: a}}]
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: hits}
spec:
  ratioMetric:
    bad: {metricSource: {type: TYPE, spec: {query: 'QUERY'}}}
    total: {metricSource: {type: TYPE, spec: {query: all_total}}}
---
{apiVersion: openslo/v1, kind: AlertPolicy, metadata: {name: a}, spec: {}}
---
{apiVersion: openslo/v1, kind: DataSource, metadata: {name: a}, spec: {}}
---
{apiVersion: openslo/v1, kind: Service, metadata: {name: shop}, spec: {}}
"""


def openslo(**changed: str) -> str:
    text = OPENSLO
    given = {"REF": "hits", "METHOD": "Timeslices", "LENGTH": "7m", "TYPE": "Prometheus", "QUERY": "bad_total"}
    for word, value in {**given, **changed}.items():
        text = text.replace(word, value)
    return text


def test_what_lies_beside_objectives_is_told(tmp_path: Path) -> None:
    made = carried(tmp_path, openslo())
    assert sorted((loss.code, loss.what) for loss in made.losses) == [
        ("ALERTING_DROPPED", "AlertPolicy a"),
        ("ALERTING_DROPPED", "works"),
        ("CALENDAR_DROPPED", "shop_works"),
        ("DATA_SOURCE_DROPPED", "DataSource a"),
        ("SERVICE_DROPPED", "Service shop"),
        ("SLICE_SHORTENED", "shop_works"),
    ]
    [slo] = [item.keys for item in made.items if item.kind == "slo"]
    assert (slo["slice"], slo["slice_objective"], slo["windows"]) == ("5 minutes", 90, ["2 weeks"])


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"METHOD": "RatioTimeslices"}, "RATIO_TIMESLICES_DROPPED"),
        ({"LENGTH": "30s"}, "SLICE_DROPPED"),
        ({"REF": "hitz"}, "SLI_DROPPED"),
        ({"TYPE": "KeyMetrics", "QUERY": "lost_orders"}, "SOURCE_DROPPED"),
        ({"TYPE": "Datadog", "QUERY": "sum:hits{status:500}"}, "SOURCE_DROPPED"),
    ],
)
def test_what_openslo_says_and_we_cannot(tmp_path: Path, changed: dict[str, str], code: str) -> None:
    made = carried(tmp_path, openslo(**changed))
    assert [item for item in made.items if item.kind == "slo"] == []
    assert code in {loss.code for loss in made.losses if loss.what == "shop_works"}


def test_indicators_of_other_files(tmp_path: Path) -> None:
    objective, indicator, *_ = openslo(METHOD="Occurrences").split("---\n")
    (tmp_path / "b.yml").write_text(indicator)
    made = carried(tmp_path, objective)
    assert [item.name for item in made.items if item.kind == "slo"] == ["shop_works"]


def test_names_that_come_twice(tmp_path: Path) -> None:
    made = carried(tmp_path, f"{sloth()}---\n{sloth()}")
    assert {loss.code for loss in made.losses} == {"NAME_COLLISION"}
    assert [item.name for item in made.items if item.kind == "slo"] == ["shop_good", "shop_other"]


def test_what_was_written_loads(tmp_path: Path) -> None:
    made = carried(tmp_path, f"{sloth()}---\n{openslo()}")
    write(made, tmp_path / "ours")
    assert set(load(tmp_path / "ours").slos) == {"shop_good", "shop_other", "shop_works"}


def test_before_anything_has_come_in(tmp_path: Path) -> None:
    made = carried(tmp_path, sloth())
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "truenorth.yml").write_text("version: 1\nname: Shop\nclock: data\n", "utf-8")
    write(made, tmp_path / "ours")
    with opening(tmp_path / "ours") as opened:
        found, wrong = slo_standings(opened, "shop_good", "")
        assert (found, [error.code for _, error in wrong]) == ([], ["E_NAME_NOT_FOUND"])
        assert wrong[0][1].hint.startswith("send metrics first")
