"""Ways between datasets, fields from a dataset, and what metrics rest on."""

from __future__ import annotations

import pytest

from truenorth.base.errors import QueryError
from truenorth.define.graph import (
    FieldChoice,
    Path,
    fields_of,
    inputs_of,
    leaves,
    metric,
    path,
    resolve_field,
)
from truenorth.define.model import Dataset, Field, InputMetric, Metric, Model, Relationship, Workspace


def model(links: str, fields: str = "", *metrics: Metric) -> Model:
    """A model from `orders>customers:name` words (name after the colon, or from_to) and `orders.channel` words."""
    relationships = {}
    names: dict[str, None] = {}
    for word in links.split():
        ends, _, name = word.partition(":")
        start, end = ends.split(">")
        names.update(dict.fromkeys((start, end)))
        name = name or f"{start}_{end}"
        relationships[name] = Relationship(name, start, end, [f"{name}_id"], [f"{end}_id"])
    own: dict[str, list[Field]] = {}
    for word in fields.split():
        dataset, _, field = word.partition(".")
        names[dataset] = None
        own.setdefault(dataset, []).append(Field(field))
    datasets = {name: Dataset(name, source=name, fields=own.get(name, [])) for name in names}
    return Model(Workspace("Acme"), datasets, relationships, {one.name: one for one in metrics})


def ways(found: Path) -> list[str]:
    """A path as words: relationship, and ! where rows repeat."""
    return [step.relationship + ("!" if step.direction == "one_to_many" else "") for step in found.steps]


def refusal(ask: object, *arguments: object) -> QueryError:
    assert callable(ask)
    with pytest.raises(QueryError) as caught:
        ask(*arguments)
    return caught.value


def test_a_path_follows_the_arrows_and_knows_its_columns() -> None:
    shop = model("items>orders orders>customers customers>countries")
    found = path(shop, "items", "countries")
    assert ways(found) == ["items_orders", "orders_customers", "customers_countries"]
    assert (found.start, found.end, found.repeats) == ("items", "countries", False)
    assert found.steps[0].start_columns == ("items_orders_id",)
    assert found.steps[0].end_columns == ("orders_id",)
    assert path(shop, "orders", "orders") == Path("orders")


def test_a_long_way_along_the_arrows_beats_a_short_way_against_one() -> None:
    shop = model("a>b b>c c>d d>a:back")
    assert ways(path(shop, "a", "d")) == ["a_b", "b_c", "c_d"]


def test_against_an_arrow_only_if_there_is_no_other_way() -> None:
    shop = model("items>orders orders>customers tickets>customers")
    found = path(shop, "orders", "items")
    assert (ways(found), found.repeats) == (["items_orders!"], True)
    assert found.steps[0].start_columns == ("orders_id",)
    assert ways(path(shop, "orders", "tickets")) == ["orders_customers", "tickets_customers!"]
    assert ways(path(shop, "customers", "items")) == ["orders_customers!", "items_orders!"]


def test_a_bridge_is_crossed_and_no_more() -> None:
    """Through what points to both sides, and on along the arrows; back again would be a bridge over a bridge."""
    zigzag = model("a>b c>b c>d d>e f>e")
    assert ways(path(zigzag, "b", "d")) == ["c_b!", "c_d"]
    assert ways(path(zigzag, "a", "e")) == ["a_b", "c_b!", "c_d", "d_e"]
    assert refusal(path, zigzag, "a", "f").code == "E_NO_PATH"


def test_no_path_names_what_is_reached() -> None:
    error = refusal(path, model("a>b", "c.x"), "a", "c")
    assert (error.code, error.hint) == ("E_NO_PATH", '"a" reaches b')
    assert refusal(path, model("a>b", "c.x"), "c", "a").hint == '"c" reaches no other dataset'


def test_two_equally_short_ways_are_a_choice() -> None:
    shop = model("orders>addresses:billing orders>addresses:shipping addresses>countries", "addresses.city")
    error = refusal(path, shop, "orders", "countries")
    assert error.code == "E_AMBIGUOUS_PATH"
    assert error.message == '2 ways lead from "orders" to "countries"'
    assert error.hint == "choose one by its relationship: billing.… or shipping.…"
    assert ways(path(shop, "orders", "countries", via="shipping")) == ["shipping", "addresses_countries"]
    assert refusal(resolve_field, shop, "orders", "city").code == "E_AMBIGUOUS_PATH"
    assert ways(resolve_field(shop, "orders", "billing.city")[0]) == ["billing"]


def test_a_dataset_may_point_to_itself() -> None:
    staff = model("people>people:manager visits>people", "people.name")
    assert path(staff, "people", "people") == Path("people")
    assert ways(resolve_field(staff, "people", "manager.name")[0]) == ["manager"]
    assert ways(resolve_field(staff, "visits", "manager.name")[0]) == ["visits_people", "manager"]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [(("order", "customers"), "orders"), (("orders", "customer"), "customers"), (("orders", "customers", "x"), "")],
)
def test_unknown_names_on_a_path(arguments: tuple[str, ...], hint: str) -> None:
    error = refusal(path, model("orders>customers"), *arguments)
    assert error.code == "E_NAME_NOT_FOUND"
    assert hint in error.hint


SHOP = "orders>customers tickets>customers customers>countries"
FIELDS = (
    "orders.channel orders.region customers.region customers.segment countries.name tickets.category tickets.segment"
)


def test_the_own_field_wins_and_others_are_found_where_they_are() -> None:
    shop = model(SHOP, FIELDS)
    assert resolve_field(shop, "orders", "region") == (Path("orders"), "region")
    found, name = resolve_field(shop, "orders", "customers.region")
    assert (ways(found), found.end, name) == (["orders_customers"], "customers", "region")
    assert ways(resolve_field(shop, "orders", "name")[0]) == ["orders_customers", "customers_countries"]
    assert ways(resolve_field(shop, "orders", "orders_customers.region")[0]) == ["orders_customers"]
    assert ways(resolve_field(shop, "customers", "orders_customers.channel")[0]) == ["orders_customers!"]
    assert ways(resolve_field(shop, "orders", "orders.channel")[0]) == []


def test_a_field_along_the_arrows_beats_one_against_them() -> None:
    assert ways(resolve_field(model(SHOP, FIELDS), "orders", "segment")[0]) == ["orders_customers"]
    assert ways(resolve_field(model(SHOP, FIELDS), "orders", "category")[0]) == [
        "orders_customers",
        "tickets_customers!",
    ]


def test_key_columns_are_fields_too() -> None:
    shop = model(SHOP, FIELDS)
    assert resolve_field(shop, "orders", "orders_customers_id") == (Path("orders"), "orders_customers_id")
    assert ways(resolve_field(shop, "orders", "customers_id")[0]) == ["orders_customers"]


def test_two_datasets_with_a_field_are_a_choice() -> None:
    error = refusal(resolve_field, model("a>b a>c", "a.x b.size c.size"), "a", "size")
    assert (error.code, error.hint) == ("E_AMBIGUOUS_FIELD", "write b.size or c.size")


def test_unknown_fields_name_the_nearest_that_can_be_reached() -> None:
    shop = model(SHOP, FIELDS + " islands.plan")
    assert refusal(resolve_field, shop, "orders", "chanel").hint == 'did you mean "channel"?'
    assert refusal(resolve_field, shop, "orders", "customers.regoin").hint == 'did you mean "region"?'
    assert refusal(resolve_field, shop, "orders", "customer.region").hint.startswith('did you mean "customers"')
    assert "no relationship leads there" in refusal(resolve_field, shop, "orders", "plan").hint
    assert {refusal(resolve_field, shop, "orders", name).code for name in ("chanel", "customers.x", "x.y", "plan")} == {
        "E_NAME_NOT_FOUND"
    }


def test_a_dataset_without_declared_fields_may_be_asked_for_its_columns() -> None:
    raw = model("orders>customers")
    assert resolve_field(raw, "orders", "anything") == (Path("orders"), "anything")
    assert ways(resolve_field(raw, "orders", "customers.anything")[0]) == ["orders_customers"]


REVENUE = Metric("revenue", "simple", dataset="orders", agg="count")
TICKETS = Metric("tickets", "simple", dataset="tickets", agg="count")
RATE = Metric("rate", "ratio", numerator="tickets", denominator="revenue")
GROWTH = Metric(
    "growth", "derived", expr="a / b", input_metrics=[InputMetric("rate", "a"), InputMetric("rate", "b", "1 month")]
)
YEAR = Metric("year", "cumulative", input_metric="revenue")


def test_what_metrics_rest_on() -> None:
    shop = model(SHOP, FIELDS, REVENUE, TICKETS, RATE, GROWTH, YEAR)
    assert inputs_of(shop.metrics["growth"]) == ("rate",)
    assert inputs_of(shop.metrics["rate"]) == ("tickets", "revenue")
    assert [one.name for one in leaves(shop, "growth")] == ["tickets", "revenue"]
    assert [one.name for one in leaves(shop, "year")] == ["revenue"]
    assert leaves(shop, "revenue") == (REVENUE,)
    assert metric(shop, "rate") is RATE
    error = refusal(metric, shop, "revenu")
    assert (error.code, error.hint) == ("E_NAME_NOT_FOUND", 'did you mean "revenue"?')


def test_circles_among_metrics_end() -> None:
    shop = model(SHOP, FIELDS, Metric("a", "ratio", numerator="b"), Metric("b", "ratio", numerator="a"))
    assert leaves(shop, "a") == ()


def test_the_fields_a_metric_can_be_grouped_by() -> None:
    shop = model(SHOP, FIELDS, REVENUE, TICKETS, RATE)
    assert fields_of(shop, "revenue") == (
        FieldChoice("channel", "orders", "channel", "Channel"),
        FieldChoice("region", "orders", "region", "Region"),
        FieldChoice("customers.region", "customers", "region", "Region"),
        FieldChoice("segment", "customers", "segment", "Segment"),
        FieldChoice("name", "countries", "name", "Name"),
    )
    assert [choice.name for choice in fields_of(shop, "rate")] == ["segment", "region", "customers.segment", "name"]


def test_amounts_and_times_are_no_groups() -> None:
    orders = Dataset(
        "orders",
        source="orders",
        time="ordered_at",
        fields=[Field("net", unit="currency"), Field("ordered_at"), Field("plan", label="Price plan")],
    )
    shop = Model(Workspace("Acme"), {"orders": orders}, {}, {"revenue": REVENUE})
    assert fields_of(shop, "revenue") == (FieldChoice("plan", "orders", "plan", "Price plan"),)


def test_every_choice_resolves() -> None:
    shop = model(SHOP + " orders>countries:shipped", FIELDS, REVENUE, TICKETS, RATE)
    for name in shop.metrics:
        for choice in fields_of(shop, name):
            for leaf in leaves(shop, name):
                found, field = resolve_field(shop, leaf.dataset, choice.name)
                assert (field, found.repeats) == (choice.field, False)
                assert found.end == choice.dataset or "." not in choice.name


def test_a_dataset_that_two_ways_lead_to_is_offered_by_both() -> None:
    shop = model("orders>people:payer orders>people:receiver people>cities", "people.plan cities.zip", REVENUE)
    assert [(choice.name, choice.label) for choice in fields_of(shop, "revenue")] == [
        ("payer.plan", "Plan (payer)"),
        ("receiver.plan", "Plan (receiver)"),
        ("payer.people_cities.zip", "Zip (payer people_cities)"),
        ("receiver.people_cities.zip", "Zip (receiver people_cities)"),
    ]


def test_what_lies_beyond_a_bridge_does_not_make_the_nearer_unclear() -> None:
    shop = model("items>orders lines>orders lines>tags", "lines.note tags.note")
    assert ways(resolve_field(shop, "items", "note")[0]) == ["items_orders", "lines_orders!"]
    assert ways(resolve_field(shop, "items", "tags.note")[0]) == ["items_orders", "lines_orders!", "lines_tags"]
    assert refusal(resolve_field, shop, "orders", "note").code == "E_AMBIGUOUS_FIELD"
