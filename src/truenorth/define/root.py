"""Which dataset a question without metrics reads: the one that leads to all it names by the fewest steps.

A way along the arrows is better than one that repeats rows, and a short one better than a long one. Of several as good,
the first defined is read, and the others are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from truenorth.base.errors import QueryError, TrueNorthError, did_you_mean
from truenorth.define.graph import resolve_field
from truenorth.define.model import Model
from truenorth.define.path import Path, names_of


@dataclass(frozen=True, slots=True)
class Root:
    """The dataset that is read, and those that would do as well."""

    dataset: str
    others: tuple[str, ...] = ()


def root(model: Model, references: Sequence[str]) -> Root:
    """The dataset from which all references can be read; QueryError says which cannot, or that none reaches all."""
    homes = {reference: home(model, reference) for reference in references}
    ranked: list[tuple[bool, int, str]] = []
    for name in model.defined:
        paths = reached(model, name, homes)
        if paths is not None:
            walked = {path.relationships[:size] for path in paths for size in range(1, len(path.steps) + 1)}
            ranked.append((any(path.repeats for path in paths), len(walked), name))
    if not ranked:
        raise unreachable(model, references)
    best = min(ranked, key=lambda one: one[:2])[:2]
    first, *others = [name for *rank, name in ranked if tuple(rank) == best]
    return Root(first, tuple(others))


def home(model: Model, reference: str) -> str:
    """The one dataset that a name without a dot belongs to; "" for a reference that says its way itself."""
    if "." in reference:
        return ""
    declared = [one.name for one in model.defined.values() if one.field(reference)]
    holders = declared or [one.name for one in model.defined.values() if reference in names_of(model, one)]
    if len(holders) > 1:
        hint = "write " + " or ".join(f"{one}.{reference}" for one in holders)
        raise QueryError("E_AMBIGUOUS_FIELD", f'{len(holders)} datasets have a field "{reference}"', hint=hint)
    if not holders:
        names = dict.fromkeys(name for one in model.defined.values() for name in names_of(model, one))
        hint = did_you_mean(reference, names) or "write dataset.field for a column that is not declared"
        raise QueryError("E_NAME_NOT_FOUND", f'no dataset has a field "{reference}"', hint=hint)
    return holders[0]


def reached(model: Model, dataset: str, homes: dict[str, str]) -> list[Path] | None:
    """The ways of all references from a dataset; None if one leads nowhere, or means another dataset from here."""
    paths = []
    for reference, owner in homes.items():
        try:
            path, _ = resolve_field(model, dataset, reference)
        except TrueNorthError:
            return None
        if owner and path.end != owner:
            return None
        paths.append(path)
    return paths if len(called(model, dataset, homes)) < 2 else None


def called(model: Model, dataset: str, references: Sequence[str] | dict[str, str]) -> set[str]:
    """The roles under which references mean the dataset itself; one row cannot be buyer and payer at once."""
    heads = {reference.split(".")[0] for reference in references if "." in reference}
    own = {name for one in model.relationships.values() if one.from_ == dataset for name in (one.name, one.role)}
    return {one.role for one in model.relationships.values() if one.to == dataset and one.role in heads - own}


def unreachable(model: Model, references: Sequence[str]) -> QueryError:
    """The error where no dataset leads to all references: what is wrong with one of them, or that they never meet."""
    nearly: list[list[QueryError]] = []
    for name in model.defined:
        wrong = [error for error in (refusal(model, name, one) for one in references) if error is not None]
        if wrong and all(error.code == "E_AMBIGUOUS_PATH" for error in wrong):
            nearly.append(wrong)
    if nearly:
        return min(nearly, key=len)[0]
    for reference in references:
        errors = [refusal(model, name, reference) for name in model.defined]
        if None not in errors:
            return best_of([error for error in errors if error is not None], reference)
    listed = " and ".join(f'"{one}"' for one in references)
    hint = "ask for them one by one, or add a relationship that leads from one to the other"
    return QueryError("E_NO_PATH", f"no dataset leads to {listed}", hint=hint)


def refusal(model: Model, dataset: str, reference: str) -> QueryError | None:
    """Why a reference leads nowhere from a dataset; None where it leads somewhere."""
    try:
        resolve_field(model, dataset, reference)
    except QueryError as error:
        return error
    return None


def best_of(errors: Sequence[QueryError], reference: str) -> QueryError:
    """Of the errors from all sides, the one that knows most."""
    order = ("E_AMBIGUOUS_PATH", "E_AMBIGUOUS_FIELD", "E_NAME_NOT_FOUND", "E_NO_PATH")
    ranked = sorted(errors, key=lambda one: (order.index(one.code), "did you mean" not in one.hint))
    if not ranked:
        return QueryError("E_NAME_NOT_FOUND", f'no dataset has a field "{reference}"', hint="define a dataset")
    return ranked[0]
