"""Who belongs together when pairs do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


def components(left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """(number, smallest number it is joined with) for all that stand in a pair, in order.

    >>> components(np.array([5, 7, 2]), np.array([3, 9, 9]))
    (array([2, 3, 5, 7, 9]), array([2, 3, 3, 2, 2]))
    """
    numbers, places = np.unique(np.concatenate([left, right]), return_inverse=True)
    ones, others = places[: len(left)], places[len(left) :]
    root = np.arange(len(numbers))
    while True:
        low = np.minimum(root[ones], root[others])
        high = np.maximum(root[ones], root[others])
        if (low == high).all():
            return numbers, numbers[root]
        np.minimum.at(root, high, low)
        # Each steps up to whom it points at points at, until nobody moves: the trees become flat.
        while not (root[root] == root).all():
            root = root[root]
