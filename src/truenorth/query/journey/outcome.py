"""What following rows finds: one outcome for each thing that counts, and how a number is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np

from truenorth.base.beside import beside
from truenorth.query.journey.rows import Array, Flags, Integers

How = Literal["count", "distinct", "sum", "mean", "median", "p75", "p90", "min", "max"]
TIMES = "times"
RANKS = {"median": 0.5, "p75": 0.75, "p90": 0.9}


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One attempt, person of a period, session … each: whose it is, in which labels of the answer's windows and which
    group it counts, and what else is known of it.

    Where nobody asks whose they are (`Frame.named`), one may stand for several that are alike: the fact TIMES says for
    how many, and `who` is -1. They can be counted and summed.
    """

    who: Integers
    label: Integers
    group: Integers
    facts: Mapping[str, Array]

    def __len__(self) -> int:
        return len(self.who)


def joined(some: Sequence[Outcomes]) -> Outcomes:
    """Outcomes of the same kind together, at least one."""
    names = tuple(some[0].facts)
    columns = zip(*((one.who, one.label, one.group, *(one.facts[name] for name in names)) for one in some), strict=True)
    who, label, group, *facts = beside(concatenated, columns)
    return Outcomes(who, label, group, dict(zip(names, facts, strict=True)))


def concatenated(pieces: Sequence[Array]) -> Array:
    """Arrays one after the other; those that say one thing of everything go on to do so."""
    if all(not one.strides[0] and len(one) for one in pieces) and len({one[0].item() for one in pieces}) == 1:
        return np.broadcast_to(pieces[0][0], sum(len(one) for one in pieces))
    return np.concatenate(pieces)


@dataclass(frozen=True, slots=True)
class Measured:
    """Which outcomes a number is made of, and how: None counts them, `values` is what they are worth otherwise.

    Integers with `places` are amounts in their smallest pieces, and stay exact.
    """

    mask: Flags
    values: Array | None = None
    how: How = "count"
    places: int = 0


Cell = tuple[int, int]
Chosen = Integers | slice
# Up to so many possible cells are looked up in a table.
FEW = 1 << 22


@dataclass(frozen=True, slots=True)
class Placed:
    """The different cells that outcomes lie in, in order, and the place of each outcome's among them."""

    cells: list[Cell]
    places: Array

    def counted(self, chosen: Chosen, weights: Array | None = None) -> Array:
        """How many of some outcomes lie in each cell, or what they weigh together."""
        return np.bincount(self.places[chosen], weights, minlength=len(self.cells))


def placed(outcomes: Outcomes) -> Placed:
    """Each outcome in its cell. Cells are few, and their outcomes many: these are looked up rather than sorted."""
    if not len(outcomes):
        return Placed([], np.zeros(0, np.uint8))
    wide = int(outcomes.group.max()) + 1
    size = (int(outcomes.label.max()) + 1) * wide
    keys = outcomes.label * wide + outcomes.group
    if size <= FEW:
        present = np.flatnonzero(np.bincount(keys, minlength=size))
        table = np.zeros(size, np.min_scalar_type(len(present)))
        table[present] = np.arange(len(present))
        places: Array = table[keys]
    else:
        present, places = np.unique(keys, return_inverse=True)
    return Placed([divmod(one, wide) for one in present.tolist()], places)


def told(outcomes: Outcomes, measured: Measured, where: Placed | None = None) -> dict[Cell, int | float | Decimal]:
    """The number of each cell that has one; `where` outcomes lie may be known already."""
    where = where or placed(outcomes)
    chosen: Chosen = slice(None) if measured.mask.all() else np.flatnonzero(measured.mask)
    values = None if measured.values is None else np.asarray(measured.values)[chosen]
    if values is not None and values.dtype.kind == "f" and (unknown := np.isnan(values)).any():
        chosen = (np.arange(len(outcomes)) if isinstance(chosen, slice) else chosen)[~unknown]
        values = values[~unknown]
    sizes = where.counted(chosen)
    found = numbers_of(outcomes, measured, where, chosen, values) if sizes.any() else []
    return {cell: number for cell, number, size in zip(where.cells, found, sizes.tolist(), strict=False) if size}


def numbers_of(
    outcomes: Outcomes, measured: Measured, where: Placed, chosen: Chosen, values: Array | None
) -> Sequence[int | float | Decimal]:
    """The number of every cell; of cells without an outcome it means nothing."""
    if measured.how == "distinct":
        found = different(where, chosen, outcomes.who[chosen])
    elif TIMES in outcomes.facts:
        times = outcomes.facts[TIMES][chosen] * (1 if values is None else values)
        found = np.zeros(len(where.cells), times.dtype)
        np.add.at(found, where.places[chosen], times)
    elif values is None:
        found = where.counted(chosen)
    elif measured.how == "mean":
        sums = where.counted(chosen, values.astype(np.float64, copy=False))
        found = sums / np.maximum(where.counted(chosen), 1)
    else:
        return list(beside(lambda piece: made_of(measured, piece) if len(piece) else 0, pieces(where, chosen, values)))
    numbers: list[int | float] = found.tolist()
    return numbers


def different(where: Placed, chosen: Chosen, who: Integers) -> Array:
    """How many entities there are in each cell."""
    low = who.min()
    wide = who.max() - low + 1
    pairs = np.unique(where.places[chosen].astype(np.int64) * wide + (who - low))
    return np.bincount(pairs // wide, minlength=len(where.cells))


def pieces(where: Placed, chosen: Chosen, values: Array) -> list[Array]:
    """The values of each cell."""
    places = where.places[chosen]
    # Small numbers are put in order by counting.
    order = np.argsort(places, kind="stable")
    edges = np.concatenate(([0], np.cumsum(np.bincount(places, minlength=len(where.cells))))).tolist()
    sorted_values = values[order]
    return [sorted_values[edges[at] : edges[at + 1]] for at in range(len(where.cells))]


def made_of(measured: Measured, piece: Array) -> int | float | Decimal:
    """One number of the values of a cell."""
    return amount(piece, measured.places) if measured.places else MADE[measured.how](piece)


def amount(piece: Array, places: int) -> Decimal:
    """A sum of the smallest pieces of an amount, exactly."""
    return Decimal(sum(piece.tolist())).scaleb(-places)


def ranked(share: float) -> Callable[[Array], float]:
    """The percentile between neighbours."""
    return lambda piece: float(np.quantile(piece, share))


MADE: dict[str, Callable[[Array], int | float]] = {
    "sum": lambda piece: sum(piece.tolist()),
    "min": lambda piece: piece.min().item(),
    "max": lambda piece: piece.max().item(),
    **{name: ranked(share) for name, share in RANKS.items()},
}
