"""The numbers of checks as datasets and plain metrics: how much of the time they were up, by what each says is counted.

Availability is the time something was up over the time that counts, never the share of tries that went well: a try that
comes late or twice weighs no more than another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from truenorth.define.model import Dataset, Field, Metric
from truenorth.define.probe import Check

QUARTERS, RESULTS = "check_quarters", "check_results"


def with_checks(
    datasets: Mapping[str, Dataset], metrics: Mapping[str, Metric], checks: Mapping[str, Check]
) -> tuple[dict[str, Dataset], dict[str, Metric]]:
    """The datasets and metrics with those of the checks, where there are any; what is defined goes first."""
    if not checks:
        return dict(datasets), dict(metrics)
    return {**made_datasets(checks), **datasets}, {**{one.name: one for one in made_metrics()}, **metrics}


def made_datasets(checks: Mapping[str, Check]) -> dict[str, Dataset]:
    """The quarters of hours of each check, with the seconds it was up and those that count; and every single try."""
    own = [
        Field("check", "name", description="The check, by its name."),
        Field("service", each(checks, lambda one: one.service, "NULL"), description="What it belongs to."),
    ]
    seconds = [
        Field("up_seconds", added(checks, "up + degraded", "count_up"), unit="seconds"),
        Field("down_seconds", added(checks, "down", "count_down"), unit="seconds"),
    ]
    quarters = Dataset(QUARTERS, QUARTERS, primary_key=["name", "time"], time="time", fields=[*own, *seconds])
    tries = [*own, Field("location"), Field("ok"), Field("duration_ms", unit="milliseconds"), Field("status")]
    results = Dataset(RESULTS, RESULTS, primary_key=["name", "location", "time"], time="time", fields=tries)
    return {QUARTERS: quarters, RESULTS: results}


def made_metrics() -> list[Metric]:
    """How much of the time things were up, how long they were down, and how long answers take."""

    def summed(name: str, label: str, expression: str, direction: str) -> Metric:
        keys = {"domain": "operational", "dataset": QUARTERS, "agg": "sum", "unit": "seconds", "direction": direction}
        return Metric(name, "simple", label=label, expr=expression, dimensions=["check"], **keys)  # type: ignore[arg-type]

    return [
        summed("check_up_time", "Time up", "up_seconds", "up"),
        summed("check_time", "Time that counts", "up_seconds + down_seconds", "none"),
        summed("check_down_time", "Time down", "down_seconds", "down"),
        Metric(
            "availability",
            "ratio",
            domain="operational",
            description="The share of the time that counts in which checks found things up.",
            numerator="check_up_time",
            denominator="check_time",
            unit="percent",
            direction="up",
            dimensions=["check"],
        ),
        Metric(
            "check_duration",
            "simple",
            label="Time that checks take, 95 % of them",
            domain="operational",
            dataset=RESULTS,
            agg="percentile",
            percentile=0.95,
            expr="duration_ms",
            filter="ok",
            unit="milliseconds",
            direction="down",
            dimensions=["check"],
        ),
    ]


def added(checks: Mapping[str, Check], always: str, counting: str) -> str:
    """Seconds that count one way: those that always do, and of maintenance and of what is not known where a check says
    so."""

    def more(check: Check) -> str:
        parts = [("maintenance", check.during_maintenance), ("unknown", check.unknown)]
        return " + ".join([always, *(name for name, said in parts if said == counting)])

    return each(checks, lambda one: more(one), always, quoted=False)


def each(checks: Mapping[str, Check], told: Callable[[Check], str], other: str, quoted: bool = True) -> str:
    """What is told of each check, by the name in a row.

    >>> each({"shop": Check("shop", service="it's")}, lambda one: one.service, "NULL")
    "CASE WHEN name = 'shop' THEN 'it''s' ELSE NULL END"
    """
    found = {name: told(one) for name, one in checks.items()}
    words = {name: "'" + text.replace("'", "''") + "'" if quoted else text for name, text in found.items() if text}
    cases = [f"WHEN name = '{name}' THEN {text}" for name, text in words.items() if text != other]
    return f"CASE {' '.join(cases)} ELSE {other} END" if cases else other
