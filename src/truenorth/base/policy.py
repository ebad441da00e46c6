"""Row filters: which rows of a dataset may be seen at all, whoever asks for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, eq=False, slots=True)
class Policy:
    """For each restricted dataset the condition that a row must meet to be seen; other datasets are open.

    A condition is SQL over the dataset's fields and those it points to, as in a metric's `filter`.

    >>> Policy({"orders": "customers.region = 'EMEA'"}).rows["orders"]
    "customers.region = 'EMEA'"
    >>> Policy({"orders": "status = 'paid'"}) == Policy({"orders": "status = 'paid'"})
    True
    """

    rows: Mapping[str, str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", MappingProxyType(dict(self.rows)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and self.rows == other.rows

    def __hash__(self) -> int:
        return hash(frozenset(self.rows.items()))


OPEN = Policy({})
