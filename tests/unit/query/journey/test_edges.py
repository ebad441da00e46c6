"""The edges of paths: as many leave a node as arrive, and at most so many are told."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from truenorth.query.journey.edges import OTHER, edges
from truenorth.query.journey.walks import END

PATHS = st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(-1, 5), min_size=1, max_size=4)), max_size=15)
DEPTH = 4


def of(paths: list[tuple[int, list[int]]]) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], list[list[int]]]:
    return np.array([who for who, _ in paths], np.int64), [
        [*nodes, *[END] * (DEPTH - len(nodes))] for _, nodes in paths
    ]


@settings(max_examples=60, deadline=None)
@given(PATHS, st.integers(1, 12))
def test_what_arrives_leaves_and_the_rest_is_told_together(paths: list[tuple[int, list[int]]], top: int) -> None:
    who, nodes = of(paths)
    found = edges(who, np.array(nodes, np.int64).reshape(-1, DEPTH), top)
    assert len(found) <= max(top, 2 * DEPTH)
    arrived, left = Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for one in found:
        assert 1 <= one.people <= one.paths
        left[one.step, one.source] += one.paths
        if one.target != END and one.step < DEPTH - 1:
            arrived[one.step + 1, one.target] += one.paths
    assert arrived == {at: many for at, many in left.items() if at[0] > 1}
    assert sum(many for (step, _), many in left.items() if step == 1) == len(paths)


@settings(max_examples=40, deadline=None)
@given(PATHS)
def test_with_room_for_all_every_edge_is_counted(paths: list[tuple[int, list[int]]]) -> None:
    who, nodes = of(paths)
    told = {
        (one.step, one.source, one.target): one.paths for one in edges(who, np.array(nodes).reshape(-1, DEPTH), 999)
    }
    plain = Counter(
        (step, path[step - 1], path[step]) for path in nodes for step in range(1, DEPTH) if path[step - 1] != END
    )
    assert told == plain
    assert not any(OTHER in edge[1:] for edge in told)
