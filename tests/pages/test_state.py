"""The address: what is written is read again, what is not understood is said."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truenorth.base.errors import QueryError
from truenorth.query.request import Filter
from truenorth.web.state import State, ordered, read, write_filters

words = st.text(min_size=0, max_size=12)
plain = st.text(alphabet="abcdefghijklmnopqrstuvwxyz_0123456789.", min_size=1, max_size=10)
fields = st.text(min_size=1, max_size=10)
filters = st.lists(
    st.builds(
        Filter, fields, st.lists(st.none() | words, min_size=1, max_size=4, unique=True).map(tuple), st.booleans()
    ),
    max_size=4,
    unique_by=lambda one: one.field,
).map(ordered)
states = st.builds(State, range=plain, grain=plain, vs=plain, by=plain, where=filters, tz=plain, tab=plain)


def parsed(state: State) -> tuple[State, tuple[str, ...]]:
    """The state that its own address means."""
    return read(dict(parse_qsl(state.query().removeprefix("?"), keep_blank_values=True)))


@given(states)
def test_what_is_written_is_read_again(state: State) -> None:
    assert parsed(state) == (state, ())


@given(states, fields, st.none() | words)
def test_two_clicks_on_a_row_change_nothing(state: State, field: str, value: str | None) -> None:
    untouched = state.drop(field)
    once = untouched.toggle(field, value)
    assert once.filtered(field) == Filter(field, (value,))
    assert once.toggle(field, value) == untouched


def test_an_address_reads_like_a_sentence() -> None:
    where = (Filter("region", ("EMEA", "APAC")), Filter("plan", ("free",), True), Filter("channel", (None,)))
    state = State(range="90d", grain="day", vs="prev", where=where)
    expected = "/m/revenue?grain=day&range=90d&vs=prev&where=channel:(none);plan:!free;region:EMEA,APAC"
    assert state.url("/m/revenue") == expected


def test_defaults_are_not_written() -> None:
    defaults = State(range="90d", vs="prev")
    assert State(range="90d", vs="year").without(defaults).query() == "?vs=year"
    assert read({})[0].over(defaults) == defaults


def test_the_word_none_and_no_value_stay_apart() -> None:
    assert write_filters([Filter("plan", (None, "(none)"))]) == "plan:(none),\\(none)"


def test_unknown_keys_are_said() -> None:
    state, notes = read({"rnage": "90d", "where": "region:EMEA"})
    assert state == State(where=(Filter("region", ("EMEA",)),))
    assert len(notes) == 1
    assert 'did you mean "range"?' in notes[0]


def test_a_filter_that_is_none_is_refused_because_the_number_would_be_of_everything() -> None:
    with pytest.raises(QueryError, match='"plan" in where= is not a filter') as refused:
        read({"where": "plan;region:EMEA"})
    assert refused.value.code == "E_BAD_FILTER"


@given(states, fields, st.none() | words)
def test_what_is_left_out_stays_out(state: State, field: str, value: str | None) -> None:
    untouched = state.drop(field)
    once = untouched.leave_out(field, value)
    assert once.filtered(field) == Filter(field, (value,), exclude=True)
    assert once.leave_out(field, value) == once
    assert once.drop(field) == untouched


def test_of_chosen_values_the_others_stay() -> None:
    state = State(where=(Filter("plan", ("pro", "team")),))
    assert state.leave_out("plan", "pro").where == (Filter("plan", ("team",)),)
    assert state.leave_out("plan", "pro").leave_out("plan", "team").where == (Filter("plan", ("team",), True),)
    more = State(where=(Filter("plan", ("pro",), True),)).leave_out("plan", None)
    assert more.where == (Filter("plan", ("pro", None), True),)
