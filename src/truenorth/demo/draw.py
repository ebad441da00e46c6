"""Seeded chance: one stream per subject, so that a change in one leaves the others as they were."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from truenorth.demo.story import SEED

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

SHOP_HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 11, 14, 15, 15, 13, 14, 14, 13, 12, 11, 11, 12, 13, 11, 7, 3)
WORK_HOURS = (1, 1, 1, 1, 1, 3, 9, 18, 26, 28, 27, 24, 17, 22, 25, 23, 18, 11, 7, 6, 6, 5, 3, 1)


def stream(subject: str) -> Generator:
    """The random numbers of one subject."""
    import numpy as np

    return np.random.default_rng([SEED, zlib.crc32(subject.encode())])


def pick(random: Generator, shares: Iterable[float], count: int) -> NDArray[Any]:
    """Codes drawn by their shares; what is missing to 1 is drawn as -1, which stands for NULL."""
    import numpy as np

    edges = np.cumsum(np.array(list(shares)))
    codes = np.searchsorted(edges, random.random(count), side="right")
    return np.asarray(np.where(codes < len(edges), codes, -1), dtype="int16")


def second_of_day(random: Generator, hours: Iterable[int], count: int) -> NDArray[Any]:
    """A second of the day, more often when the hours are busy, and never in the last 50 minutes."""
    import numpy as np

    weights = np.array(list(hours), dtype=float)
    hour = pick(random, weights / weights.sum() * 1.000001, count)
    second = hour.astype("int64") * 3600 + (random.random(count) * 3600).astype("int64")
    return np.asarray(np.minimum(second, 86_400 - 3_000))


def chance(random: Generator, probability: NDArray[Any] | float, count: int) -> NDArray[Any]:
    """True with the given probability."""
    hits: NDArray[Any] = random.random(count) < probability
    return hits
