"""The gap ledger: a number that another tool reports beside ours, and what each policy has to do with the difference.

The metric is asked under every mixture of our policies and theirs. What a policy did is its Shapley value, by period
and entity, so that the order of policies makes no difference and all parts add up exactly. What their policies do not
tell stays unexplained, on a line of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from truenorth.analyze.share import MOST, shares, subsets
from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.period import grain_of, next_period
from truenorth.base.table import Value
from truenorth.define.graph import computed_from
from truenorth.define.graph import metric as metric_of
from truenorth.define.habits import followed, habits, ours, theirs, tools, with_choices
from truenorth.define.habits import unknown as no_habit
from truenorth.define.model import Metric, Model
from truenorth.define.movement import PRESETS
from truenorth.define.policies import chosen, policies, unknown
from truenorth.define.settled import with_policies
from truenorth.query.answer import Answer
from truenorth.query.catalog import Catalog
from truenorth.query.request import MetricQuery
from truenorth.query.run import Runner

ZONE = "timezone"
# How many policies are looked for at once where nobody tells which differ.
GUESSED = 3
NOTHING = Decimal(0)
# What everybody has is rounded by itself where it was divided or converted, to 12 places.
HAIR = Decimal("0.000001")
Cell = tuple[date, Value]


class GapQuery(Struct, frozen=True):
    """What is asked: a metric, what is reported of it by period, and what is known of how: the tool, policies, zone."""

    metric: str
    reported: Mapping[date, Decimal]
    grain: str = "month"
    compat: str = ""
    policies: Mapping[str, str] = {}
    timezone: str = ""


class Share(Struct, frozen=True):
    """What one policy did: our choice and theirs, its amount in each period, and by entity in each."""

    policy: str
    ours: str
    theirs: str
    amounts: dict[date, Decimal]
    rows: dict[date, dict[Value, Decimal]]

    @property
    def total(self) -> Decimal:
        return sum(self.amounts.values(), NOTHING)


class Ledger(Struct, frozen=True):
    """reported = ours + what each policy did + what stays unexplained, in every period.

    `entity` is whose rows are told apart, "" where what they have does not add up. `guessed` says that nobody told the
    other tool's policies, and that these were found to explain most. `answer` is ours, with what is to be said of it.
    """

    metric: str
    unit: str
    currency: str
    grain: str
    entity: str
    guessed: bool
    reported: dict[date, Decimal]
    ours: dict[date, Decimal]
    shares: tuple[Share, ...]
    unexplained: dict[date, Decimal]
    answer: Answer


def gap(catalog: Catalog, asked: GapQuery, now: datetime) -> Ledger:
    """The ledger of a metric; QueryError where the metric, a policy or a tool is not known, or too many differ."""
    defined = metric_of(catalog.model, asked.metric)
    grain_of(asked.grain)
    check(asked, followed(catalog.model, asked.metric))
    walk = Walk(catalog, asked, now)
    guessed = not (asked.compat or asked.policies or asked.timezone)
    players = walk.guessed() if guessed else walk.differing()
    if len(players) > MOST:
        hint = f"say that some are as ours, such as --policy {players[0]}={walk.ours[players[0]]}"
        message = f"{len(players)} policies differ and change the number, and at most {MOST} are told apart"
        raise QueryError("E_TOO_MANY_POLICIES", message, hint=hint)
    return walk.ledger(defined, players, guessed)


def check(asked: GapQuery, counted: Metric | None) -> None:
    """The tool and the policies are known: those of money, or of the metric of people that is `counted`."""
    presets = tools(counted.type) if counted else PRESETS
    if asked.compat and asked.compat not in presets:
        hint = did_you_mean(asked.compat, presets) or f"one of {', '.join(presets)}"
        raise QueryError("E_UNKNOWN_POLICY", f'the policies of "{asked.compat}" are not known', hint=hint)
    for name, word in asked.policies.items():
        error = no_habit(counted, name, word) if counted else unknown(name, word)
        if error is not None:
            raise QueryError(error.code, error.message, hint=error.hint)


class Walk:
    """One metric, asked under mixtures of policies."""

    def __init__(self, catalog: Catalog, asked: GapQuery, now: datetime) -> None:
        self.catalog = catalog
        self.asked = asked
        self.now = now
        self.periods = list(asked.reported)
        self.runners: dict[frozenset[tuple[str, str]], Runner] = {}
        self.balance = balance_of(catalog.model, asked.metric)
        own = self.balance
        self.counted = None if own else followed(catalog.model, asked.metric)
        self.ours = chosen(own.policies, own.compat) if own else ours(self.counted) if self.counted else {}
        if own and asked.compat:
            self.theirs = chosen(asked.policies, asked.compat)
        else:
            told = theirs(self.counted, asked.compat) if self.counted else {}
            self.theirs = {**self.ours, **told, **asked.policies}
        self.zone = catalog.model.workspace.timezone
        self.ours[ZONE], self.theirs[ZONE] = self.zone, asked.timezone or self.zone

    @cached_property
    def entity(self) -> str:
        """Whose rows are told apart: where what they have adds up to the whole, ours as well as theirs."""
        if self.balance is None:
            return ""
        for names in (frozenset[str](), frozenset(self.differing(False))):
            parts: dict[date, Decimal] = {}
            for (period, _), value in self.cells(names, self.balance.entity).items():
                parts[period] = parts.get(period, NOTHING) + value
            whole = {period: value for (period, _), value in self.cells(names, "").items()}
            if any(abs(parts.get(one, NOTHING) - whole.get(one, NOTHING)) > HAIR for one in {*parts, *whole}):
                return ""
        return self.balance.entity

    def differing(self, effective: bool = True) -> list[str]:
        """The policies on which we and they differ, without those that have nothing to read here; where there are more
        than can be told apart, without those that change no number."""
        found = [name for name, word in self.theirs.items() if word != self.ours[name] and self.speaks(name, word)]
        if not effective or len(found) <= MOST:
            return found
        every = frozenset(found)
        ours, theirs = self.cells(frozenset(), self.entity), self.cells(every, self.entity)
        return [
            name
            for name in found
            if self.cells(frozenset([name]), self.entity) != ours or self.cells(every - {name}, self.entity) != theirs
        ]

    def speaks(self, name: str, word: str) -> bool:
        """Whether a choice makes anything else of the definitions than ours does."""
        return name == ZONE or self.counted is not None or speaks(self.catalog.model, name, self.ours[name], word)

    def guessed(self) -> list[str]:
        """Their policies where nobody tells them: the fewest choices that explain most, by what each does alone. One
        more is believed only where it leaves less than half unexplained."""
        best: tuple[tuple[str, str], ...] = ()
        alone = {option: self.moved(*option) for option in self.options()}
        gaps = [self.asked.reported[one] - told for one, told in zip(self.periods, self.told(frozenset()), strict=True)]
        left = sum(map(abs, gaps), NOTHING)
        for size in range(1, GUESSED + 1):
            tries = (some for some in combinations(alone, size) if len({name for name, _ in some}) == size)
            found = min(
                ((remaining(gaps, [alone[one] for one in some]), some) for some in tries), default=(left, ()), key=first
            )
            if left and found[0] * 2 <= left:
                left, best = found
        self.theirs.update(dict(best))
        return [name for name, _ in best]

    def options(self) -> list[tuple[str, str]]:
        """Every choice of every policy that is not ours and has something to read here."""
        return [(name, word) for name, some in choices(self.catalog.model, self.asked.metric).items() for word in some]

    def moved(self, name: str, word: str) -> list[Decimal]:
        """What one choice does alone, by period."""
        self.theirs[name] = word
        found = self.told(frozenset([name]))
        self.theirs[name] = self.ours[name]
        return [one - other for one, other in zip(found, self.told(frozenset()), strict=True)]

    def told(self, theirs: frozenset[str]) -> list[Decimal]:
        """The metric by period under a mixture."""
        cells = self.cells(theirs, "")
        return [cells.get((one, None), NOTHING) for one in self.periods]

    def cells(self, theirs: frozenset[str], entity: str) -> dict[Cell, Decimal]:
        """The metric by period and entity with their choice of some policies and ours of the others; None without."""
        wanted = set(self.periods)
        return {
            (row[0], row[1] if entity else None): decimal(row[-1])
            for row in self.answered(theirs, entity).table.rows
            if isinstance(row[0], date) and row[0] in wanted and row[-1] is not None
        }

    def answered(self, theirs: frozenset[str], entity: str) -> Answer:
        """The answer under a mixture."""
        choices = {name: self.theirs[name] for name in theirs if name != ZONE}
        key = frozenset(choices.items())
        if key not in self.runners:
            model = self.choosing(choices) if choices else self.catalog.model
            self.runners[key] = Runner(Catalog(model, self.catalog.engine, self.catalog.policy))
        query = MetricQuery(
            (self.asked.metric,),
            by=(entity,) if entity else (),
            grain=self.asked.grain,
            range=f"{self.periods[0]}..{self.last_day}",
            timezone=self.theirs[ZONE] if ZONE in theirs else self.zone,
        )
        return self.runners[key].ask(query, self.now)

    def choosing(self, choices: Mapping[str, str]) -> Model:
        """The model under other choices."""
        if self.counted is not None:
            return with_choices(self.catalog.model, self.counted, choices)
        return with_policies(self.catalog.model, choices)

    @cached_property
    def last_day(self) -> date:
        """The last day of the last period that is reported."""
        return next_period(self.periods[-1], grain_of(self.asked.grain)) - timedelta(days=1)

    def ledger(self, defined: Metric, players: list[str], guessed: bool) -> Ledger:
        """All mixtures asked, and their differences shared out."""
        told = {some: self.cells(some, self.entity) for some in subsets(players)}
        cells = list(dict.fromkeys(cell for one in told.values() for cell in one))
        rows: dict[str, dict[date, dict[Value, Decimal]]] = {name: {} for name in players}
        for cell in cells:
            worth = {some: one.get(cell, NOTHING) for some, one in told.items()}
            for name, amount in shares(players, worth).items():
                if amount:
                    rows[name].setdefault(cell[0], {})[cell[1]] = amount
        ours, theirs = self.summed(told[frozenset()]), self.summed(told[frozenset(players)])
        reported = dict(self.asked.reported)
        return Ledger(
            metric=defined.name,
            unit=defined.unit,
            currency=defined.currency,
            grain=self.asked.grain,
            entity=self.entity,
            guessed=guessed,
            reported=reported,
            ours=ours,
            shares=tuple(self.share(name, rows[name]) for name in players),
            unexplained={one: reported[one] - theirs[one] for one in self.periods},
            answer=self.answered(frozenset(), ""),
        )

    def share(self, name: str, rows: dict[date, dict[Value, Decimal]]) -> Share:
        """What one policy did."""
        amounts = {one: sum(rows.get(one, {}).values(), NOTHING) for one in self.periods}
        return Share(name, self.ours[name], self.theirs[name], amounts, rows if self.entity else {})

    def summed(self, cells: Mapping[Cell, Decimal]) -> dict[date, Decimal]:
        """What all entities have together, by period; nothing where there is no value."""
        found = dict.fromkeys(self.periods, NOTHING)
        for (period, _), value in cells.items():
            found[period] += value
        return found


def balance_of(model: Model, name: str) -> Metric | None:
    """The first balance with policies that a metric rests on."""
    for one in computed_from(model, name):
        written = model.metrics.get(one.balance or one.name)
        if written is not None and written.name in model.written:
            return written
    return None


def choices(model: Model, name: str) -> dict[str, list[str]]:
    """The choices of every policy that would make another number of a metric than ours, as far as its rows can tell."""
    own = balance_of(model, name)
    counted = None if own else followed(model, name)
    if counted is not None:
        every = {key: [*dict.fromkeys(one.vendors.values())] for key, one in habits(counted.type).items()}
        return {key: [word for word in some if word != ours(counted)[key]] for key, some in every.items()}
    mine = chosen(own.policies, own.compat) if own else {}
    found: dict[str, list[str]] = {}
    for policy, one in policies().items() if own else ():
        for word in dict.fromkeys([*one.choices, *one.vendors.values()]):
            if word != mine[policy] and unknown(policy, word) is None and speaks(model, policy, mine[policy], word):
                found.setdefault(policy, []).append(word)
    return found


def speaks(model: Model, policy: str, ours: str, theirs: str) -> bool:
    """Whether one choice of a policy makes anything else of the definitions than another."""
    one, other = (with_policies(model, {policy: word}) for word in (ours, theirs))
    return computed(one) != computed(other) or one.datasets != other.datasets


def computed(model: Model) -> list[Metric]:
    """The metrics of a model without what is merely said of their policies."""
    return [replace(one, policies={}, compat="") for one in model.metrics.values()]


def remaining(gaps: Sequence[Decimal], moved: Sequence[Sequence[Decimal]]) -> Decimal:
    """How much of gaps stays, over all periods, when several choices did what each does alone."""
    return sum((abs(gap - sum(each, NOTHING)) for gap, *each in zip(gaps, *moved, strict=True)), NOTHING)


def first(one: tuple[Decimal, object]) -> Decimal:
    """What tries are compared by."""
    return one[0]


def decimal(value: Value) -> Decimal:
    """A value as a decimal; money is one already."""
    return value if isinstance(value, Decimal) else Decimal(str(value))
