"""What must hold in datasets, their fields and relationships."""

from __future__ import annotations

import re

from truenorth.base.errors import Place
from truenorth.base.period import GRAINS, PARTS
from truenorth.define.model import Dataset, Field, Metric, Relationship
from truenorth.define.rules import currency, expression, policy, value
from truenorth.define.rules.case import Case, stated

RESERVED = ("metric_time",)
PLACES = ("source", "file", "query", "series", "histogram")


def check(case: Case) -> None:
    """All datasets and relationships."""
    named: dict[str, Place] = {}
    for dataset in case.model.defined.values():
        origin(case, dataset)
        reserved(case, dataset.name, dataset.spot.at("name"))
        seen: dict[str, Field] = {}
        for one in dataset.fields:
            unique(case, one, seen)
            field(case, dataset, one)
        policy.roles(case, dataset)
        circles(case, dataset)
        calendar(case, dataset, named)
    currency.tables(case)
    for relationship in case.model.relationships.values():
        if relationship.from_ not in case.model.datasets or relationship.from_ in case.model.defined:
            link(case, relationship)


def origin(case: Case, dataset: Dataset) -> None:
    """Exactly one of source, file, query, series and histogram."""
    spot = dataset.spot
    given = [key for key in PLACES if stated(dataset, key)]
    if not given:
        hint = "add source: a_table, file: data/rows*.parquet, query: select … or series: http_requests_total"
        case.fail("E_DATASET_SOURCE", f'the dataset "{dataset.name}" does not say where its rows are', spot.at(), hint)
    for extra in given[1:]:
        message = f'the dataset "{dataset.name}" has both "{given[0]}" and "{extra}"'
        case.fail("E_DATASET_SOURCE", message, spot.at(extra), "keep one")
    if dataset.source and re.search(r"\s|;|\(", dataset.source):
        hint = "write a select as query: …" if re.match(r"\s*(select|with)\b", dataset.source, re.I) else ""
        case.fail("E_DATASET_SOURCE", f'"{dataset.source}" is not the name of a table', spot.at("source"), hint)
    if dataset.query and (
        not re.match(r"\s*(select|with)\b", dataset.query, re.I) or ";" in dataset.query.rstrip(" \n;")
    ):
        case.fail("E_DATASET_SOURCE", '"query" is one select', spot.at("query"), "write query: select …")


def reserved(case: Case, name: str, place: Place) -> None:
    """Names that mean something already."""
    if name in RESERVED:
        hint = "choose another name"
        case.fail("E_RESERVED_NAME", f'"{name}" is the name of the time that all metrics share', place, hint)


def unique(case: Case, one: Field, seen: dict[str, Field]) -> None:
    """Engines do not tell upper from lower case, so neither do names."""
    first = seen.setdefault(one.name.lower(), one)
    if first is not one:
        message = f'there is another field "{first.name}", defined first in {first.spot.at("name")}'
        case.fail("E_DUPLICATE_NAME", message, one.spot.at("name"), "rename one, or take it out")


def field(case: Case, dataset: Dataset, one: Field) -> None:
    """One field: its name, values and expression."""
    spot = one.spot
    reserved(case, one.name, spot.at("name"))
    value.unit(case, one.unit, spot.at("unit"))
    value.zone(case, one.timezone, spot.at("timezone"))
    money(case, one)
    if one.currency and re.search(r"\W", one.currency):
        message = f'"{one.currency}" is neither a currency code nor the name of a column'
        case.fail("E_BAD_CURRENCY", message, spot.at("currency"), "write currency: EUR or currency: currency_code")
    parsed = expression.parsed(case, one.expr, spot.at("expr"))
    expression.plain(case, parsed, spot.at("expr"))
    for reference in parsed.refs if parsed else ():
        qualifier = reference.rpartition(".")[0]
        if reference == RESERVED[0] or qualifier not in ("", dataset.name):
            message = f'the field "{one.name}" reads "{reference}", which is not of its own row'
            hint = "a field reads columns of its dataset; metrics, groups and conditions may name fields of others"
            if qualifier and "." not in qualifier and qualifier not in case.model.datasets:
                hint = f"to read a part of a nested column, write {qualifier}['{reference.rpartition('.')[2]}']"
            case.fail("E_NO_PATH", message, spot.at("expr"), hint)


def calendar(case: Case, dataset: Dataset, named: dict[str, Place]) -> None:
    """The grains that a calendar adds have names of their own, each once."""
    for number, grain in enumerate(dataset.calendar.grains if dataset.calendar else ()):
        place = dataset.spot.at(f"calendar.grains.{number}")
        if grain.name in (*GRAINS, *PARTS):
            message = f'"{grain.name}" is a grain that there is already'
            case.fail("E_RESERVED_NAME", message, place, f"call it another name: {{name: own_{grain.name}, column: …}}")
        elif grain.name in named:
            message = f'there is another grain "{grain.name}", defined first in {named[grain.name]}'
            case.fail("E_DUPLICATE_NAME", message, place, "rename one, or take it out")
        named.setdefault(grain.name, place)


def money(case: Case, one: Field | Metric) -> None:
    """A currency belongs to an amount."""
    if one.currency and not stated(one, "unit"):
        message = f'a currency ("{one.currency}") without unit: currency'
        case.fail("E_BAD_CURRENCY", message, one.spot.at("currency"), "add unit: currency")


def circles(case: Case, dataset: Dataset) -> None:
    """Fields that are computed from each other; a field may name the column it hides."""
    names = {one.name: one for one in dataset.fields}
    reads = {
        one.name: [
            name
            for reference in (case.expressions[one.expr].refs if one.expr in case.expressions else ())
            if (name := reference.rpartition(".")[2]) in names and name != one.name
        ]
        for one in dataset.fields
    }
    for circle in expression.circles(reads):
        loop = " → ".join((*circle, circle[0]))
        place = names[circle[0]].spot.at("expr")
        case.fail("E_CYCLE", f"fields are computed from each other: {loop}", place, "let one read columns only")


def link(case: Case, one: Relationship) -> None:
    """One relationship: both ends, as many columns here as there."""
    spot = one.spot
    case.known("dataset", one.from_, spot.at("from"))
    case.known("dataset", one.to, spot.at("to"))
    if one.name in case.model.datasets and one.name != one.to:
        first = case.model.datasets[one.name].spot.at("name")
        message = f'a relationship cannot be named "{one.name}" like the dataset defined in {first}'
        case.fail("E_DUPLICATE_NAME", message, spot.at("name"), "rename the relationship")
    here, there = len(one.from_columns), len(one.to_columns)
    if not here and not there:
        case.fail("E_COLUMNS_DIFFER", "a relationship needs a column at least", spot.at("from_columns"))
    elif here != there:
        message = f'"from_columns" names {here} and "to_columns" {there}'
        case.fail("E_COLUMNS_DIFFER", message, spot.at("to_columns"), "name as many columns here as there")
    if one.valid_to and not one.valid_from:
        message = f'"{one.name}" says until when a row of "{one.to}" is valid, and not since when'
        case.fail("E_MISSING_KEY", message, spot.at("valid_to"), "add valid_from: the field that says since when")
