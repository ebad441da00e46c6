"""Values of batches numbered: the same numbers stand for the same values, whatever came in which batch."""

import random
from itertools import chain

import numpy as np
import pyarrow as pa
import pytest

from truenorth.query.journey.columns import FEW, NAME, Numbering, common_numbers, encoded


def numbered(batches: list[pa.Array]) -> list[object]:
    """The values of all batches, each told by its number."""
    numbering, parts = Numbering(), []
    for one in batches:
        room = np.full(len(one), -1, np.int64)
        parts.append((room, numbering.write(one, room)))
    values = common_numbers(parts).to_pylist()
    assert len(set(values)) == len(values)
    return [values[number] for room, _ in parts for number in room.tolist()]


@pytest.mark.parametrize(
    "batches",
    [
        [["DE", "FR"], ["FR", "DE", "FR"]],
        [["DE"], ["FR"], ["DE", "FR"], ["SE"]],
        [["DE", None], ["DE"], [None]],
        [["DE"], [None, "DE"], [None, ""]],
        [[None], ["DE"], ["DE", None]],
        [["", " ", "é", "e\u0301"], ["é", ""]],
        [[], ["DE"], []],
        [[]],
    ],
    ids=["again", "new ones", "nulls first", "a null later", "nothing but null", "look alike", "empty", "none"],
)
def test_numbers_of_batches_stand_for_the_same_values(batches: list[list[str | None]]) -> None:
    assert numbered([pa.array(one, pa.string()) for one in batches]) == list(chain(*batches))


def test_slices_of_a_batch_are_numbered_from_where_they_begin() -> None:
    whole = pa.array(["SE", "DE", "FR", "DE", None])
    assert numbered([whole.slice(1, 2), whole.slice(2, 3), whole.slice(0, 1)]) == ["DE", "FR", "FR", "DE", None, "SE"]


@pytest.mark.parametrize("size", [FEW - 1, FEW, FEW + 1, 4 * FEW])
def test_texts_may_be_many(size: int) -> None:
    chance = random.Random(size)
    batches = [[str(chance.randrange(size)) for _ in range(size)] for _ in range(12)]
    assert numbered([pa.array(one) for one in batches]) == list(chain(*batches))


@pytest.mark.parametrize("kind", [pa.int64(), pa.large_string(), pa.bool_(), pa.date32()])
def test_values_of_any_type_are_numbered(kind: pa.DataType) -> None:
    batches = [pa.array([1, 0, None]).cast(pa.int32()), pa.array([0, 0]).cast(pa.int32())]
    given = [one.cast(kind) for one in batches]
    assert numbered(given) == [value for one in given for value in one.to_pylist()]


def test_what_is_nothing_has_no_number() -> None:
    texts = pa.chunked_array([["a", "", None], ["a", "b"]], pa.string())
    assert encoded("held 1", texts).tolist() == [0, 1, -1, 0, 3]
    assert encoded(NAME, texts).tolist() == [0, -1, -1, 0, 3]
    whole = pa.chunked_array([[7, None], [7, 0]], pa.int64())
    assert encoded(NAME, whole).tolist() == [0, -1, 0, 2]
    assert encoded(NAME, pa.chunked_array([[]], pa.string())).tolist() == []
