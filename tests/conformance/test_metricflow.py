"""The cases that MetricFlow's authors wrote: each is right, or different for a reason that is written down."""

from __future__ import annotations

from pathlib import Path

from conformance.run import ON_PURPOSE, outcomes


def test_every_case_is_right_or_different_on_purpose(shared: Path) -> None:
    found = list(outcomes(shared / "conformance" / "metricflow"))
    assert [str(one) for one in found if one.word == "wrong"] == []
    assert {one.name for one in found if one.wrong} == set(ON_PURPOSE)
    assert len(found) >= 182
