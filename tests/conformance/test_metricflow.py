"""The cases that MetricFlow's authors wrote: each is right, or different for a reason that is written down."""

from __future__ import annotations

from pathlib import Path

from conformance.run import ON_PURPOSE, outcomes
from conformance.world import World
from truenorth.base.errors import TrueNorthError
from truenorth.query.request import MetricQuery


def test_every_case_is_right_or_different_on_purpose(shared: Path) -> None:
    found = list(outcomes(shared / "conformance" / "metricflow"))
    assert [str(one) for one in found if one.word == "wrong"] == []
    assert {one.name for one in found if one.wrong} == set(ON_PURPOSE)
    assert len(found) >= 182


def test_every_adopted_metric_answers_by_several_groupings(shared: Path, tmp_path: Path) -> None:
    world = World(shared / "conformance" / "metricflow", tmp_path)
    refused: list[str] = []
    asked = 0
    for name in world.manifests:
        workspace = world.model(name).workspace
        assert [loss for loss in world.model(name).adoption.losses if loss.code.endswith("METRIC_DROPPED")] == []
        for metric in workspace.model.metrics:
            for by in ((), ("metric_time__month",), ("metric_time__month", "metric_time__year")):
                try:
                    answer = workspace.query(MetricQuery((metric,), by=by, range="2019-12..2020-03"))
                except TrueNorthError as error:
                    refused.append(error.code)
                    continue
                asked += 1
                assert answer.table.names[-1] == metric and len(answer.table.names) == len(by) + 1
    world.close()
    # The tables of two manifests keep days as texts.
    assert asked > 300 and set(refused) <= {"E_NOT_A_TIME"}
