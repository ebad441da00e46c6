"""Objectives that the authors of Sloth and OpenSLO wrote: each is adopted, and tells what its queries say of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.promql import World, rows_for
from tests.collected import shop_with
from truenorth.define.foreign.adopt import adopted

# Why an objective is not carried: by the name of the loss.
REFUSED = {"PLUGIN_DROPPED", "FUNCTION_DROPPED", "RATIO_TIMESLICES_DROPPED"}


def test_every_objective_tells_what_its_queries_say(shared: Path, tmp_path: Path) -> None:
    folder = shared / "conformance" / "slo"
    told = refused = 0
    for number, file in enumerate(sorted(path for path in folder.rglob("*.y*ml") if path.is_file())):
        adoption = adopted(file)
        stated = list(objectives(file))
        names = [item.name for item in adoption.items if item.kind == "slo"]
        left = [loss for loss in adoption.losses if loss.code in REFUSED and loss.what not in names]
        ours = [one for one in stated if one["share"]]
        assert len(names) == len(ours), (file, left)
        refused += len(stated) - len(ours)
        assert len(ours) == len(stated) or left, file
        if not ours:
            continue
        rows = rows_for([query for one in ours for query in one["queries"]], seed=number)
        with shop_with(tmp_path / str(number), adoption, rows) as shop:
            for name, one in zip(names, ours, strict=True):
                [[share]] = shop.query(name, range="2026-03-01").table.rows
                assert share == pytest.approx(one["share"](World(rows))), (file, name)
                told += 1
    assert told >= 18 and refused >= 5


def objectives(file: Path) -> Iterator[dict[str, Any]]:
    """All objectives of a file with their queries, and how their share is computed; without one where it is refused."""
    for document in yaml.safe_load_all(file.read_text("utf-8")):
        spec = document.get("spec", document)
        if document.get("kind") == "SLO":
            for goal in spec["objectives"]:
                yield openslo(spec, goal)
        for one in spec.get("slos", ()):
            yield sloth(one["sli"])


def sloth(sli: dict[str, Any]) -> dict[str, Any]:
    """An objective of Sloth."""
    if "plugin" in sli or "histogram_share" in str(sli):
        return {"share": None}
    if "raw" in sli:
        [ratio] = sli["raw"].values()
        return {"queries": [ratio], "share": lambda world: 1 - world.value(ratio)}
    error, total = (next(v for k, v in sli["events"].items() if k.startswith(word)) for word in ("error", "total"))
    return {"queries": [error, total], "share": lambda world: 1 - world.value(error) / world.value(total)}


def openslo(spec: dict[str, Any], goal: dict[str, Any]) -> dict[str, Any]:
    """An objective of OpenSLO."""
    if spec["budgetingMethod"] == "RatioTimeslices":
        return {"share": None}
    if "ratioMetrics" in goal:
        good, total = (goal["ratioMetrics"][word]["query"] for word in ("good", "total"))
        return {"queries": [good, total], "share": lambda world: world.value(good) / world.value(total)}
    indicator = spec["indicator"]["spec"]
    if "thresholdMetric" in indicator:
        query = indicator["thresholdMetric"]["metricSource"]["spec"]["query"]
        assert goal["op"] == "lt"
        return {"queries": [query], "share": lambda world: below(world, query, goal["value"])}
    good, total = (indicator["ratioMetric"][word]["metricSource"]["spec"]["query"] for word in ("good", "total"))
    return {"queries": [good, total], "share": lambda world: sliced(world, good, total, goal["timeSliceTarget"])}


def below(world: World, query: str, limit: float) -> float:
    """The share of minutes in which a value lies below a limit."""
    values = [value for minute in world.minutes if (value := world.at(query, minute)) is not None]
    return sum(value < limit for value in values) / len(values)


def sliced(world: World, good: str, total: str, target: float) -> float:
    """The share of minutes in which so much is good."""
    shares = [(world.at(good, minute) or 0) / whole for minute in world.minutes if (whole := world.at(total, minute))]
    return sum(share >= target for share in shares) / len(shares)
