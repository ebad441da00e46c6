"""Objectives as rules of Prometheus: what promtool takes, and numbers that are ours."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from truenorth.define.foreign.slo.rules import exported
from truenorth.define.load import load

DEFINED = """version: 1
datasets:
  - {name: days, source: days, time: at}
metrics:
  - {name: requests, type: increase, series: http_requests_total, filter: job = 'api'}
  - {name: failed, type: increase, series: http_requests_total, filter: "job = 'api' and code like '5%'"}
  - {name: quick, type: increase, series: took_bucket, filter: "try_cast(le as double) = 0.3"}
  - {name: took, type: increase, series: took_count}
  - {name: odd, type: increase, series: took_count, filter: length(route) > 3}
  - {name: sold, type: simple, dataset: days, agg: sum, expr: sold}
  - {name: tried, type: simple, dataset: days, agg: sum, expr: tried}
slos:
  - {name: works, label: Requests work, total: requests, bad: failed, objective: 99.9, windows: [30 days, month]}
  - {name: by_route, total: took, good: quick, objective: 99, windows: [7 days], dimensions: [route]}
  - {name: monthly, total: requests, bad: failed, objective: 99, windows: [month]}
  - {name: sliced, total: requests, bad: failed, objective: 99, slice: 5 minutes, slice_objective: 95}
  - {name: strange, total: took, good: odd, objective: 99}
  - {name: selling, total: tried, good: sold, objective: 99}
"""


@pytest.fixture
def text(tmp_path: Path) -> str:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Corner Shop\n", "utf-8")
    (tmp_path / "metrics" / "slos.yml").write_text(DEFINED, "utf-8")
    made = exported(load(tmp_path))
    assert [(one.what, one.code) for one in made.losses] == [
        ("sliced", "SLICES_DROPPED"),
        ("strange", "FILTER_DROPPED"),
        ("selling", "METRIC_DROPPED"),
    ]
    return made.text


def rules(text: str, group: str) -> list[dict[str, Any]]:
    groups = {one["name"]: one["rules"] for one in yaml.safe_load(text)["groups"]}
    return list(groups[f"truenorth-{group}"])


def test_a_share_is_that_of_sums_over_every_stretch(text: str) -> None:
    found = {one["record"]: one for one in rules(text, "works") if "record" in one}
    all_of_them = 'sum (rate(http_requests_total{job="api"}[30d]))'
    assert found["slo:sli_error:ratio_rate30d"]["expr"] == (
        f'(sum (rate(http_requests_total{{job="api", code=~"5.*"}}[30d])) or 0 * {all_of_them}) / {all_of_them}'
    )
    stretches = {name.rpartition("ratio_rate")[2] for name in found if "ratio_rate" in name}
    assert stretches == {"5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"}
    assert (
        found["slo:objective:ratio"]["expr"] == "vector(0.999)"
        and found["slo:time_period:days"]["expr"] == "vector(30)"
    )


def test_good_ones_and_groups(text: str) -> None:
    found = {one["record"]: one["expr"] for one in rules(text, "by_route") if "record" in one}
    assert found["slo:sli_error:ratio_rate1h"] == (
        '(sum by (route) (rate(took_count[1h])) - sum by (route) (rate(took_bucket{le="0.3"}[1h])))'
        " / sum by (route) (rate(took_count[1h]))"
    )


def test_alerts_are_those_of_our_table_scaled_to_the_window(text: str) -> None:
    page, ticket = [one for one in rules(text, "works") if "alert" in one]
    assert [one["labels"]["severity"] for one in (page, ticket)] == ["page", "ticket"]
    assert "> 14.4 * 0.001" in page["expr"] and "> 6 * 0.001" in page["expr"] and "> 3 * 0.001" in ticket["expr"]
    [weekly, _] = [one for one in rules(text, "by_route") if "alert" in one]
    assert "> 3.36 * 0.01" in weekly["expr"]


def test_promtool_takes_them(text: str, tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool: not on the PATH")
    file = tmp_path / "rules.yml"
    file.write_text(text, "utf-8")
    said = subprocess.run([promtool, "check", "rules", str(file)], capture_output=True, text=True)
    assert said.returncode == 0 and "SUCCESS: 48 rules found" in said.stdout, said.stdout + said.stderr


def test_an_alert_speaks_up_as_ours_does(text: str, tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool: not on the PATH")
    (tmp_path / "rules.yml").write_text(text, "utf-8")
    # Two of a hundred fail from the second hour on: 20 times as fast as evenly of a budget of one in a thousand.
    series = [
        {"series": 'http_requests_total{job="api", code="200"}', "values": "0+98x240"},
        {"series": 'http_requests_total{job="api", code="500"}', "values": "0+0x120 0+2x120"},
    ]
    named = {"sloth_id": "works", "sloth_service": "Corner Shop", "sloth_slo": "works"}
    summary = {"summary": "Requests work: the budget burns too fast"}
    firing = [{"exp_labels": {"severity": one, **named}, "exp_annotations": summary} for one in ("page", "ticket")]
    expected = [
        {"eval_time": "1h50m", "alertname": "works_burns", "exp_alerts": []},
        {"eval_time": "3h30m", "alertname": "works_burns", "exp_alerts": firing},
    ]
    tests = {"rule_files": ["rules.yml"], "evaluation_interval": "1m"}
    case = {"interval": "1m", "input_series": series, "alert_rule_test": expected}
    (tmp_path / "test.yml").write_text(yaml.safe_dump({**tests, "tests": [case]}), "utf-8")
    said = subprocess.run([promtool, "test", "rules", str(tmp_path / "test.yml")], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
