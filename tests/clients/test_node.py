"""The clients for Node, as their makers publish them: each event is found again with all its fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tests.clients.station import Station

AT = datetime(2026, 1, 5, 9, 30, 0, 250_000)
FIELDS = {"plan": "pro", "price": 12.5, "tags": ["a", "b"], "inner": {"deep": {"er": 1}}, "name": "Zoë – naïve"}


def test_posthog(station: Station, node: Callable[[str], None]) -> None:
    node("posthog.cjs")
    rows = {row["event"]: row for row in station.events(4)}
    bought = rows["bought"]
    assert bought["properties"].items() >= {**FIELDS, "$set": {"vip": True}, "$groups": {"company": "acme"}}.items()
    assert (bought["user_id"], bought["groups"], bought["client_time"]) == (station.user, {"company": "acme"}, AT)
    assert (bought["dialect"], bought["library"]) == ("posthog", "posthog-node/5.70.0")
    assert bought["event_id"] and bought["sent_at"] is not None
    assert rows["$identify"]["properties"]["$set"]["email"] == "ann@shop.example"
    assert rows["$identify"]["properties"]["$set_once"] == {"first": 1}
    assert rows["$create_alias"]["properties"]["alias"] == station.device
    assert rows["$groupidentify"]["groups"] == {"company": "acme"}
    assert rows["$groupidentify"]["properties"]["$group_set"] == {"size": 5}
    assert station.links() == ["alias"]


def test_segment(station: Station, node: Callable[[str], None]) -> None:
    node("segment.cjs")
    rows = {row["event"]: row for row in station.events(5)}
    bought = rows["bought"]
    assert bought["properties"].items() >= {**FIELDS, "$type": "track"}.items()
    assert (bought["user_id"], bought["anonymous_id"], bought["client_time"]) == (station.user, station.device, AT)
    assert (bought["dialect"], bought["library"]) == ("segment", "@segment/analytics-node/3.1.0")
    assert bought["event_id"].startswith("node-next-")
    assert rows["$identify"]["properties"]["$traits"] == {"email": "ann@shop.example"}
    page = rows["$pageview"]["properties"]
    assert (page["path"], page["$name"], page["$category"]) == ("/", "Home", "Docs")
    assert rows["$groupidentify"]["groups"] == {"group": "acme"}
    assert rows["$create_alias"]["properties"]["$previousId"] == f"former-{station.device}"
    assert station.links() == ["alias", "identify"]


def test_mixpanel(station: Station, node: Callable[[str], None]) -> None:
    node("mixpanel.cjs")
    rows = {row["event"]: row for row in station.events(6)}
    bought = rows["bought"]
    assert bought["properties"].items() >= FIELDS.items()
    assert (bought["user_id"], bought["client_time"]) == (station.user, AT)
    assert (bought["dialect"], bought["library"], bought["event_id"]) == ("mixpanel", "node/0.24.0", "n-1")
    assert (rows["looked"]["user_id"], rows["looked"]["anonymous_id"]) == (None, station.device)
    assert (rows["signed in"]["user_id"], rows["signed in"]["anonymous_id"]) == (station.user, station.device)
    assert rows["$set"]["properties"]["$set"]["email"] == "ann@shop.example"
    assert rows["$groupidentify"]["groups"] == {"company": "acme"}
    assert rows["$create_alias"]["properties"]["alias"] == f"former-{station.device}"
    assert station.links() == ["alias", "identify"]


def test_amplitude(station: Station, node: Callable[[str], None]) -> None:
    node("amplitude.cjs")
    rows = {row["event"]: row for row in station.events(3)}
    bought = rows["bought"]
    assert bought["properties"].items() >= FIELDS.items()
    assert (bought["user_id"], bought["anonymous_id"], bought["client_time"]) == (station.user, station.device, AT)
    assert (bought["dialect"], bought["library"], bought["event_id"]) == (
        "amplitude",
        "amplitude-node-ts/1.5.73",
        "n-1",
    )
    assert rows["$identify"]["properties"]["$user_properties"] == {"$set": {"email": "ann@shop.example"}}
    assert rows["$groupidentify"]["groups"] == {"company": "acme"}
    assert station.links() == ["identify"]


def test_umami(station: Station, node: Callable[[str], None]) -> None:
    node("umami.cjs")
    rows = {row["event"]: row for row in station.events(3)}
    assert rows["bought"]["properties"].items() >= FIELDS.items()
    assert len({row["anonymous_id"] for row in rows.values()}) == 1 and rows["$pageview"]["anonymous_id"]
    assert rows["$identify"]["properties"]["$set"] == {"plan": "pro"}
    assert rows["$pageview"]["properties"]["path"] == "/cart"


def test_rudderstack(station: Station, node: Callable[[str], None]) -> None:
    node("rudderstack.cjs")
    rows = {row["event"]: row for row in station.events(2)}
    bought = rows["bought"]
    assert bought["properties"].items() >= FIELDS.items()
    assert (bought["user_id"], bought["anonymous_id"], bought["client_time"]) == (station.user, station.device, AT)
    assert (bought["dialect"], bought["library"]) == ("segment", "analytics-node/3.0.13")
    assert rows["$identify"]["properties"]["$traits"] == {"email": "ann@shop.example"}
    assert station.links() == ["identify"]
