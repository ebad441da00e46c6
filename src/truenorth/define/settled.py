"""Balances of subscriptions, settled: what their policies choose becomes the expression, the condition, the start and
the end of a plain balance, so that whatever plans, proves or asks it need not know of policies.

What a row is worth in a month is its price times its quantity, less what is taken off, by the months of its term: one
exact division, rounded to 12 places half away from zero. Days are those of the calendar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from truenorth.define.habits import with_habits
from truenorth.define.journey import with_journeys
from truenorth.define.model import Dataset, Field, Metric, Model, Spot
from truenorth.define.movement import with_balances
from truenorth.define.policies import Choice, chosen, policies, unknown, words
from truenorth.define.roles import ROLES
from truenorth.define.series import with_series

GAP = re.compile(r"\{(\w+)\}")
# A day after any that counts, for what has no end; the last one that every engine has.
NEVER = "CAST('2149-06-06' AS DATE)"
MINUTES = ["series_id", "minute"]
NEEDED = tuple(name for name, role in ROLES.items() if role.needed)


class Settlement(Struct, frozen=True):
    """Definitions with every balance of subscriptions settled; `written` are those metrics as they were written."""

    datasets: dict[str, Dataset]
    metrics: dict[str, Metric]
    written: dict[str, Metric]


def settle(datasets: Mapping[str, Dataset], metrics: Mapping[str, Metric]) -> Settlement:
    """Every balance that rests on policies as a plain one, on datasets that have its fields."""
    datasets, metrics = with_series(datasets, metrics)
    found = Settlement({name: bound(one) for name, one in datasets.items()}, metrics, {})
    for metric in metrics.values():
        dataset = found.datasets.get(metric.dataset)
        if dataset is None or not rests_on_policies(metric, dataset) or wrong(metric, dataset):
            continue
        found.datasets[dataset.name], found.metrics[metric.name] = Settling(dataset, metric).both()
        found.written[metric.name] = metric
    parts = {name: one for name, one in metrics.items() if one.balance in found.written}
    found.written.update(parts)
    return Settlement(found.datasets, with_journeys(with_balances(with_habits(found.metrics))), found.written)


def rests_on_policies(metric: Metric, dataset: Dataset) -> bool:
    """Whether a balance leaves what its rows are worth to policies."""
    if metric.type != "movement" or metric.balance:
        return False
    named = bool(dataset.roles) or all(name in bindings(dataset) for name in NEEDED)
    return bool(metric.policies or metric.compat) or (named and not metric.expr)


def wrong(metric: Metric, dataset: Dataset) -> bool:
    """Whether a balance cannot be settled, as the checks tell."""
    said = any(getattr(metric, key) for key in ("expr", "time", "end"))
    unsaid = any(unknown(name, word) for name, word in metric.policies.items())
    return said or unsaid or any(name not in bindings(dataset) for name in NEEDED)


def bindings(dataset: Dataset) -> set[str]:
    """The roles that a dataset has: those it binds, and those that its fields are named like."""
    return {name for name in ROLES if name in dataset.roles or dataset.field(name) is not None}


def bound(dataset: Dataset) -> Dataset:
    """A dataset with a field for each role that it binds; its rows happen when they start, unless it says otherwise.
    Those of series are minutes."""
    if dataset.series or dataset.histogram:
        keys = [*MINUTES, "le"] if dataset.histogram else MINUTES
        return replace(dataset, time=dataset.time or "minute", primary_key=dataset.primary_key or keys)
    missing = [name for name in dataset.roles if name in ROLES and dataset.field(name) is None]
    money = "currency" if "currency" in bindings(dataset) else ""
    made = [
        Field(
            name,
            dataset.roles[name],
            unit=ROLES[name].unit,
            currency=money if ROLES[name].unit else "",
            spot=spot_of(dataset, name),
        )
        for name in missing
    ]
    time = dataset.time or ("started_on" if "started_on" in dataset.roles else "")
    return replace(dataset, time=time, fields=[*dataset.fields, *made]) if dataset.roles else dataset


def spot_of(dataset: Dataset, role: str) -> Spot:
    """Where a role is bound."""
    spot = dataset.spot
    at = spot.keys.get(f"roles.{role}", (spot.line, spot.column))
    return Spot(spot.file, *at, {"name": at, "expr": at})


def with_policies(model: Model, choices: Mapping[str, str]) -> Model:
    """The model as it were if its balances of subscriptions were settled by these choices, and else by their own."""
    written = dict(model.written)
    for name, one in written.items():
        if not one.balance:
            written[name] = replace(one, policies={**chosen(one.policies, one.compat), **choices}, compat="")
    datasets = {name: without(one, written.values()) for name, one in model.datasets.items()}
    again = settle(datasets, written)
    made = {name: told(one, model.metrics[name]) for name, one in again.metrics.items()}
    return replace(model, datasets=again.datasets, metrics={**model.metrics, **made})


def without(dataset: Dataset, metrics: Iterable[Metric]) -> Dataset:
    """A dataset without the days that balances were given."""
    names = {name for one in metrics for name in days_of(one)}
    return replace(dataset, fields=[one for one in dataset.fields if one.name not in names])


def told(metric: Metric, known: Metric) -> Metric:
    """A metric with the unit that was told by its parts."""
    return replace(metric, unit=known.unit, currency=known.currency, per=known.per)


def days_of(metric: Metric) -> tuple[str, str]:
    """What the fields for the first and the last day of a balance are called."""
    return f"{metric.name}_begins", f"{metric.name}_ends"


class Settling:
    """One balance being settled."""

    def __init__(self, dataset: Dataset, metric: Metric) -> None:
        self.dataset = dataset
        self.metric = metric
        self.roles = bindings(dataset)
        every = policies()
        named = chosen(metric.policies, metric.compat)
        self.choices: list[tuple[str, Choice]] = [
            (word, choice) for name, word in named.items() if (choice := every[name].choice(word)) is not None
        ]

    def both(self) -> tuple[Dataset, Metric]:
        """The dataset with the days of the balance, and the balance as a plain one."""
        begins, ends = days_of(self.metric)
        spot = self.dataset.spot
        days = [Field(begins, self.begins(), spot=spot), Field(ends, self.ends(begins), spot=spot)]
        fields = [*self.dataset.fields, *days]
        at_zero = next((one.rewrites.at_zero for _, one in self.choices if one.rewrites.at_zero), "gone")
        settled = replace(
            self.metric,
            expr=self.amount(),
            filter=self.condition(),
            entity=self.metric.entity or "customer_id",
            time=begins,
            end=ends,
            at_zero="present" if at_zero == "present" else "gone",
            unit=self.metric.unit or "currency",
        )
        return replace(self.dataset, fields=fields), settled

    def texts(self, key: str, **more: str) -> Iterator[str]:
        """The expressions of one kind whose roles the dataset has, its own names in their gaps."""
        known = {name: name for name in self.roles} | {
            name: role.default for name, role in ROLES.items() if role.default and name not in self.roles
        }
        known |= more
        for word, choice in self.choices:
            for text in getattr(choice.rewrites, key):
                one = words(text, word)
                gaps = GAP.findall(one)
                # A default stands in for a role; where no role is there at all, the policy has nothing to read.
                read = [gap for gap in gaps if gap in ROLES and not ROLES[gap].needed]
                absent = bool(read) and not any(gap in self.roles for gap in read) and key not in ("times", "over")
                if not absent and all(gap in known for gap in gaps):
                    yield GAP.sub(lambda gap: known[gap[1]], " ".join(one.split()))

    def amount(self) -> str:
        """What a row is worth in a month."""
        # Cast, as a column without values may be of any type, and floating amounts become exact. What is no amount, or
        # a quantity below zero, leaves a row without a worth, to be set aside.
        price = "TRY_CAST(amount AS DECIMAL(28, 8))"
        if "quantity" in self.roles:
            quantity = "CAST(quantity AS DECIMAL(18, 4))"
            price = f"{price} * CASE WHEN {quantity} < 0 THEN NULL ELSE COALESCE({quantity}, 1) END"
        price = " - ".join([price, *self.bracketed("less")])
        times = " * ".join([f"({price})", *self.bracketed("times")])
        return f"exact_div({times}, {' * '.join(self.bracketed('over')) or '1'})"

    def bracketed(self, key: str) -> list[str]:
        return [f"({text})" for text in self.texts(key)]

    def condition(self) -> str:
        """The condition that a row counts: the metric's own and those of its policies."""
        texts = [self.metric.filter] if self.metric.filter else []
        texts += self.texts("counts")
        return texts[0] if len(texts) == 1 else " and ".join(f"({text})" for text in texts)

    def begins(self) -> str:
        """The day from which a row counts. It is a day of the calendar under every policy, so that choosing another one
        moves nothing else."""
        own = "CAST(started_on AS DATE)"
        for text in self.texts("starts", start="{start}"):
            own = f"({text.replace('{start}', own)})"
        later = [f"COALESCE(CAST({text} AS DATE), {own})" for text in self.texts("no_earlier")]
        return f"CASE WHEN started_on IS NOT NULL THEN GREATEST({', '.join([own, *later])}) END" if later else own

    def ends(self, begins: str) -> str:
        """The day from which a row counts no more. One that ends before it begins to count, such as a trial, counts on
        no day; one that was written so stays as it is, to be set aside."""
        end = "CAST(ended_on AS DATE)"
        for text in self.texts("lasts", end="{end}"):
            end = f"({text.replace('{end}', end)})"
        each = [f"COALESCE(CAST({text} AS DATE), {NEVER})" for text in (end, *self.texts("no_later"))]
        first = f"LEAST({', '.join([*each, NEVER])})"
        return (
            f"CASE WHEN CAST(ended_on AS DATE) < CAST(started_on AS DATE) THEN CAST(ended_on AS DATE) "
            f"ELSE NULLIF(GREATEST({first}, CAST({begins} AS DATE)), {NEVER}) END"
        )
