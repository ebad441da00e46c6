"""Roles and chains: what a reference with several parts means, and which one is meant where several could be."""

from __future__ import annotations

import pytest

from truenorth.base.errors import QueryError
from truenorth.define.graph import Path, resolve_field
from truenorth.define.model import Dataset, Field, Model, Relationship, Workspace


def dataset(name: str, fields: str, key: str = "id", **keys: list[list[str]]) -> Dataset:
    """A dataset with fields and a key, both as words."""
    return Dataset(
        name,
        source=name,
        primary_key=key.split(),
        fields=[Field(one) for one in fields.split()],
        unique_keys=keys.get("unique_keys", []),
    )


def link(name: str, ends: str, role: str = "", columns: str = "", **more: list[str]) -> Relationship:
    """A relationship from `bookings>listings`, by a column of its own name unless told, to `id`."""
    start, _, end = ends.partition(">")
    here, _, there = (columns or f"{name}_id=id").partition("=")
    return Relationship(name, start, end, here.split(), there.split(), role=role, **more)


def made(datasets: list[Dataset], *links: Relationship) -> Model:
    return Model(Workspace("Stay"), {one.name: one for one in datasets}, {one.name: one for one in links})


STAY = made(
    [
        dataset("bookings", "is_instant day"),
        dataset("listings", "country capacity created"),
        dataset("lux", "lux_id"),
        dataset("users", "home_state created"),
        dataset("users_latest", "home_state_latest"),
        dataset("companies", "company_name", unique_keys=[["user_id"]]),
    ],
    link("booking_listing", "bookings>listings", "listing"),
    link("booking_lux", "bookings>lux", "listing"),
    link("booking_guest", "bookings>users", "guest"),
    link("booking_host", "bookings>users", "host"),
    link("listing_user", "listings>users", "user"),
    link("listing_user_latest", "listings>users_latest", "user"),
    link("company_user", "companies>users", "user", "user_id=id"),
)


def ways(model: Model, start: str, reference: str) -> list[str]:
    """The relationships that a reference walks, with ! where rows repeat."""
    path, _ = resolve_field(model, start, reference)
    return [step.relationship + ("!" if step.direction == "one_to_many" else "") for step in path.steps]


def refusal(model: Model, start: str, reference: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        resolve_field(model, start, reference)
    return caught.value


@pytest.mark.parametrize(
    ("start", "reference", "walked"),
    [
        ("bookings", "listing.country", ["booking_listing"]),
        ("bookings", "listing.lux_id", ["booking_lux"]),
        ("bookings", "listing.user.home_state", ["booking_listing", "listing_user"]),
        ("bookings", "listing.user.home_state_latest", ["booking_listing", "listing_user_latest"]),
        ("bookings", "guest.home_state", ["booking_guest"]),
        ("bookings", "booking_host.home_state", ["booking_host"]),
        ("bookings", "listings.listing_user.home_state", ["booking_listing", "listing_user"]),
        ("bookings", "bookings.guest.home_state", ["booking_guest"]),
        ("bookings", "bookings.day", []),
        ("bookings", "guest.companies.company_name", ["booking_guest", "company_user"]),
        ("bookings", "user.home_state_latest", ["booking_listing", "listing_user_latest"]),
        ("users", "company_name", ["company_user"]),
        ("users", "booking_guest.is_instant", ["booking_guest!"]),
    ],
)
def test_each_hop_is_a_role_a_relationship_or_a_dataset(start: str, reference: str, walked: list[str]) -> None:
    assert ways(STAY, start, reference) == walked


def test_what_others_call_a_dataset_is_the_dataset_itself() -> None:
    assert ways(STAY, "listings", "listing.country") == []
    assert ways(STAY, "listings", "listing.user.home_state") == ["listing_user"]
    assert resolve_field(STAY, "users", "guest.created") == (Path("users"), "created")


def test_a_row_that_points_to_its_own_kind_means_the_other_one() -> None:
    staff = made(
        [dataset("people", "name"), dataset("visits", "day")],
        link("boss", "people>people", "manager"),
        link("visit_person", "visits>people", "who"),
    )
    assert ways(staff, "people", "manager.name") == ["boss"]
    assert ways(staff, "people", "manager.manager.name") == ["boss", "boss"]
    assert ways(staff, "visits", "who.manager.manager.name") == ["visit_person", "boss", "boss"]


def test_two_ways_of_one_role_with_the_same_field_are_a_choice() -> None:
    both = made(
        [dataset("orders", "x"), dataset("cities", "zip"), dataset("villages", "zip")],
        link("to_city", "orders>cities", "place"),
        link("to_village", "orders>villages", "place"),
    )
    error = refusal(both, "orders", "place.zip")
    assert (error.code, error.message) == ("E_AMBIGUOUS_PATH", '2 ways lead from "orders" to "place.zip"')
    assert error.hint == "choose one by its relationships: to_city.zip or to_village.zip"
    assert ways(both, "orders", "to_village.zip") == ["to_village"]


def test_a_dataset_that_two_roles_lead_to_is_a_choice() -> None:
    error = refusal(STAY, "bookings", "users.home_state")
    assert error.code == "E_AMBIGUOUS_PATH"
    assert error.hint == "choose one by its relationship: booking_guest.… or booking_host.…"


@pytest.mark.parametrize(
    ("reference", "code", "hint"),
    [
        ("listin.country", "E_NAME_NOT_FOUND", 'did you mean "listing"'),
        ("listing.usr.home_state", "E_NAME_NOT_FOUND", 'did you mean "user"'),
        ("listing.contry", "E_NAME_NOT_FOUND", 'did you mean "country"'),
        ("listing.user.home_stat", "E_NAME_NOT_FOUND", 'did you mean "home_state"'),
        ("guest.host.home_state", "E_NO_PATH", "point to no other dataset"),
        ("zzz.qqq", "E_NAME_NOT_FOUND", "write one of listing, guest, host"),
    ],
)
def test_a_hop_or_field_that_is_not_there(reference: str, code: str, hint: str) -> None:
    error = refusal(STAY, "bookings", reference)
    assert error.code == code, error
    assert hint in error.hint


def test_keys_say_which_side_is_single() -> None:
    """One to one against the arrow repeats nothing; along it, columns that are no key may find several rows."""
    daily = made(
        [dataset("orders", "x day"), dataset("users", "plan", key="id day"), dataset("profiles", "age", key="user_id")],
        link("order_user", "orders>users", columns="user_id=id"),
        link("order_user_day", "orders>users", "then", columns="user_id day=id day"),
        link("profile_user", "profiles>orders", columns="user_id=x"),
    )
    assert ways(daily, "orders", "order_user.plan") == ["order_user!"]
    assert ways(daily, "orders", "then.plan") == ["order_user_day"]
    assert ways(daily, "orders", "profiles.age") == ["profile_user"]


def test_a_partition_is_that_of_the_nearest_row_that_has_one() -> None:
    daily = made(
        [dataset("bookings", "day"), dataset("listings", "country"), dataset("users", "state day", key="id day")],
        link("listing", "bookings>listings"),
        link("user", "listings>users", partition_columns=["day"]),
    )
    path, _ = resolve_field(daily, "bookings", "listing.user.state")
    assert (path.repeats, path.steps[1].shared) == (False, (("day", 0),))
    alone, _ = resolve_field(daily, "listings", "user.state")
    assert (alone.repeats, alone.steps[0].shared) == (True, ())
