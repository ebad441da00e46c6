"""Cohorts: people picked out by what they did, are or are named, as a field of every row that says whose it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.define import model
from truenorth.define.graph import resolve_field
from truenorth.define.key import Key, Thing
from truenorth.define.model import Cohort, Field, Model

STATES = ("new", "returning", "resurrecting", "dormant")
PERIODS = ("day", "week", "month", "quarter", "year")
COHORT = Thing(
    "cohort",
    "People (or accounts, or any entity) picked out as of a date; a field of that name on every row of theirs.",
    (
        Key("name", "name", "The name of the cohort, and of the field.", required=True, example="power_users"),
        Key("dataset", "text", "The dataset whose rows tell who is in it.", example="events"),
        Key("entity", "text", "The field that says whose a row is.", example="person"),
        Key("where", "sql", "Which rows count.", default="all", example="event = 'export'"),
        Key("at_least", "number", "How many rows there must be.", default="1", example="3"),
        Key("within", "text", "How long a time before the date counts.", default="all", example="30 days"),
        Key("stopped", "text", "For how long there must be no row any more.", example="30 days"),
        Key("state", "choice", "Where in its life the entity is in the period of the date.", choices=STATES),
        Key("period", "choice", "The period of `state`.", choices=PERIODS, default="week"),
        Key("members", "names", "Who is in it, by name.", example="[u1, u2]"),
        Key("file", "text", "A file of who is in it, one a line, relative to the workspace.", example="data/vip.txt"),
        Key("all_of", "names", "Other cohorts: who is in all of them.", example="[power_users]"),
        Key("any_of", "names", "Other cohorts: who is in one of them.", example="[power_users, admins]"),
        Key("none_of", "names", "Other cohorts: who is in none of them.", example="[staff]"),
        Key("as_of", "date", "The day as of which it is told.", default="the last day asked for", example="2026-03-31"),
        Key("label", "text", "The name people read.", default="the name in words", example="Power users"),
        Key("description", "text", "What it is, in a sentence.", example="Whoever exports every week."),
    ),
    model.Cohort,
)


def named_in(cohort: Cohort) -> tuple[str, ...]:
    """The cohorts that a cohort is put together from.

    >>> named_in(Cohort("a", all_of=["b"], none_of=["c"]))
    ('b', 'c')
    """
    return (*cohort.all_of, *cohort.any_of, *cohort.none_of)


def has_rule(cohort: Cohort) -> bool:
    """Whether a cohort picks people out itself, and does not only combine others.

    >>> has_rule(Cohort("a", where="x = 1")), has_rule(Cohort("a", any_of=["b"])), has_rule(Cohort("a", none_of=["b"]))
    (True, False, True)
    """
    own = cohort.where or cohort.within or cohort.stopped or cohort.state or cohort.members or cohort.file
    return bool(own) or cohort.at_least != 1 or not (cohort.all_of or cohort.any_of)


def settled(cohorts: Mapping[str, Cohort]) -> dict[str, Cohort]:
    """The cohorts, each with a dataset and an entity: its own, or those of the first that it is put together from.

    >>> settled({"a": Cohort("a", all_of=["b"]), "b": Cohort("b", "events", "person")})["a"].dataset
    'events'
    """

    def origin(one: Cohort, seen: tuple[str, ...] = ()) -> Cohort:
        if one.dataset or one.entity or one.name in seen:
            return one
        others = (cohorts[name] for name in named_in(one) if name in cohorts)
        found = (origin(other, (*seen, one.name)) for other in others)
        return next((other for other in found if other.dataset), one)

    homes = {name: origin(one) for name, one in cohorts.items()}
    return {name: replace(one, dataset=homes[name].dataset, entity=homes[name].entity) for name, one in cohorts.items()}


def with_cohorts(found: Model) -> Model:
    """The model in which every row that says whose it is knows the cohorts of that entity, as a field each."""
    cohorts = settled(found.cohorts)
    datasets = dict(found.datasets)
    for one in cohorts.values():
        if one.dataset not in found.datasets or not one.entity:
            continue
        try:
            path, key = resolve_field(found, one.dataset, one.entity)
        except QueryError:
            # Said where cohorts are checked.
            continue
        for home, column in homes(found, path.end, key):
            field = Field(one.name, column, one.label, one.description, spot=one.spot)
            datasets[home] = replace(datasets[home], cohorts=[*datasets[home].cohorts, field])
    return replace(found, datasets=datasets, cohorts=cohorts)


def homes(model: Model, home: str, key: str) -> Iterator[tuple[str, str]]:
    """The datasets whose rows say whose they are, and the column that does: the entity's own, those with a field of the
    same name, and those that point to the entity by it."""
    found = {name: key for name, one in model.datasets.items() if name == home or one.field(key) is not None}
    for one in model.relationships.values():
        for here, mine, there, its in (
            (one.from_, one.from_columns, one.to, one.to_columns),
            (one.to, one.to_columns, one.from_, one.from_columns),
        ):
            if there == home and list(its) == [key] and len(mine) == 1 and here in model.datasets:
                found.setdefault(here, mine[0])
    yield from found.items()
