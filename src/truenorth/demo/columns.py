"""NumPy arrays as Arrow columns, each with the type that the warehouse should see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def numbers(values: NDArray[Any], known: NDArray[Any] | None = None) -> Any:
    """Integers, floats or booleans; NULL where not known."""
    import pyarrow

    return pyarrow.array(values, mask=None if known is None else ~known)


def money(cents: NDArray[Any], decimals: int = 2) -> Any:
    """Whole cents as DECIMAL(18,2), or smaller parts with more decimals, without passing through floating point."""
    import numpy as np
    import pyarrow

    halves = np.empty((len(cents), 2), dtype="<i8")
    halves[:, 0] = cents
    halves[:, 1] = np.asarray(cents, dtype="int64") >> 63
    values = pyarrow.py_buffer(halves.tobytes())
    return pyarrow.Array.from_buffers(pyarrow.decimal128(18, decimals), len(cents), [None, values])


def words(codes: NDArray[Any], vocabulary: Sequence[str]) -> Any:
    """Texts by their code; a negative code is NULL."""
    import numpy as np
    import pyarrow

    # A word twice in a dictionary is written to Parquet with bytes that nobody set.
    once = list(dict.fromkeys(vocabulary))
    codes = np.asarray(codes).astype("int32")
    found = np.array([once.index(word) for word in vocabulary], dtype="int32")[codes]
    indices = pyarrow.array(found, mask=codes < 0)
    return pyarrow.DictionaryArray.from_arrays(indices, pyarrow.array(once, pyarrow.string()))


def texts(values: Sequence[str | None]) -> Any:
    """Plain texts."""
    import pyarrow

    return pyarrow.array(values, pyarrow.string())


def moments(seconds: NDArray[Any], known: NDArray[Any] | None = None) -> Any:
    """UTC seconds as TIMESTAMP."""
    import numpy as np
    import pyarrow

    micros = np.asarray(seconds, dtype="int64") * 1_000_000
    return pyarrow.array(micros, mask=None if known is None else ~known).cast(pyarrow.timestamp("us"))


def dates(numbers_of_days: NDArray[Any], known: NDArray[Any] | None = None) -> Any:
    """Days since 1970 as DATE."""
    import numpy as np
    import pyarrow

    days = np.asarray(numbers_of_days).astype("int32")
    return pyarrow.array(days, mask=None if known is None else ~known).cast(pyarrow.date32())
