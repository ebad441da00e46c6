"""Work on several things beside each other: in order, with what went wrong, and within the time of a question."""

from __future__ import annotations

from threading import get_ident
from time import sleep

import pytest

from truenorth.base.beside import beside
from truenorth.base.deadline import left, within
from truenorth.base.errors import QueryError


def test_answers_come_in_the_order_of_the_items_however_long_each_takes() -> None:
    def work(item: int) -> int:
        sleep(0.001 * (item % 3))
        return item * item

    assert list(beside(work, range(20))) == [item * item for item in range(20)]
    assert list(beside(work, [])) == []


def test_work_is_done_on_other_threads() -> None:
    assert get_ident() not in set(beside(lambda _: get_ident(), range(4)))


def test_what_goes_wrong_is_said_where_it_is_asked_for() -> None:
    found = beside(lambda item: 1 // item, [1, 0, 1])
    assert next(found) == 1
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_work_knows_the_time_of_the_question_and_ends_with_it() -> None:
    with within(60):
        assert all(seconds is not None and seconds > 50 for seconds in beside(lambda _: left(), range(3)))
    with within(0.001), pytest.raises(QueryError) as caught:
        list(beside(sleep, [0.01] * 1000))
    assert caught.value.code == "E_TOO_SLOW"
