"""The rows that a journey is told by, as arrays of one length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Array = NDArray[Any]
# How a kind calls a column that is added up exactly.
AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Rows:
    """One value of each array a row, in no order that may be relied on.

    `who` is the same for rows of one entity. `at` is when: microseconds since 1970 in UTC; for a date its midnight as
    if it were UTC. Bit k of `marks` says whether a row meets the kind's condition k. `asked` says whether it meets the
    question's, and `group` which of the question's groups it is in. `extra` holds what the kind reads beside these:
    exact amounts as integers, with how many decimal `places` they have.
    """

    who: Integers
    at: Integers
    marks: Array
    asked: Flags
    group: Integers
    extra: Mapping[str, Array]
    places: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.who)

    def meets(self, number: int) -> Flags:
        """Which rows meet a condition, counted from 0."""
        found: Flags = (self.marks >> self.marks.dtype.type(number)) & self.marks.dtype.type(1) != 0
        return found

    def taken(self, places: Array | slice) -> Rows:
        """The rows at some places, or those that flags choose."""
        extra = {name: column[places] for name, column in self.extra.items()}
        who, at, marks = self.who[places], self.at[places], self.marks[places]
        return Rows(who, at, marks, self.asked[places], self.group[places], extra, self.places)


def rows_of(who: Any, at: Any, marks: Any = (), asked: Any = (), group: Any = (), **extra: Any) -> Rows:
    """Rows from plain lists; what is left out is 1 for marks, true for asked and 0 for groups.

    >>> len(rows_of([1, 1], [0, 60]))
    2
    """
    size = len(who)
    return Rows(
        np.asarray(who, np.int64),
        np.asarray(at, np.int64),
        np.asarray(marks if len(marks) else np.ones(size), np.uint64),
        np.asarray(asked if len(asked) else np.ones(size), np.bool_),
        np.asarray(group if len(group) else np.zeros(size), np.int64),
        {name: np.asarray(column) for name, column in extra.items()},
    )
