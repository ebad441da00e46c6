"""The clients for Python, as their makers publish them: each event is found again with all its fields."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.clients.station import Station

PAST = datetime(2026, 1, 5, 9, 30, 0, 250_000, tzinfo=UTC)
NAIVE = PAST.replace(tzinfo=None)
FIELDS: dict[str, Any] = {
    "plan": "pro",
    "price": 12.5,
    "count": 3,
    "big": 9_007_199_254_740_993,
    "first": True,
    "nothing": None,
    "name": "Zoë – naïve",
    "tags": ["a", "b"],
    "inner": {"deep": {"er": 1}},
}


@pytest.mark.parametrize(("prefix", "gzip"), [("", False), ("/ingest/posthog", True)])
def test_posthog(station: Station, prefix: str, gzip: bool) -> None:
    from posthog import Posthog

    wrong: list[Any] = []
    client = Posthog(station.key, host=station.url + prefix, gzip=gzip, on_error=lambda *said: wrong.append(said))
    ids = [
        client.capture(
            "bought", distinct_id=station.user, properties=FIELDS, timestamp=PAST, groups={"company": "acme"}
        ),
        client.set(distinct_id=station.user, properties={"email": "ann@shop.example"}),
        client.set_once(distinct_id=station.user, properties={"first_seen": "2026-01-01"}),
        client.alias(previous_id=station.device, distinct_id=station.user),
        client.group_identify("company", "acme", {"size": 5}),
        client.capture("seen"),
    ]
    client.shutdown()
    assert wrong == []

    rows = {row["event"]: row for row in station.events(6)}
    assert len(rows) == 6 and {row["dialect"] for row in rows.values()} == {"posthog"}
    bought = rows["bought"]
    assert bought["event_id"] == ids[0] and bought["source"] == station.source
    assert bought["properties"].items() >= {**FIELDS, "$groups": {"company": "acme"}}.items()
    assert (bought["user_id"], bought["groups"], bought["client_time"]) == (station.user, {"company": "acme"}, NAIVE)
    assert bought["library"].startswith("posthog-python/7.91.") and bought["sent_at"] is not None
    assert rows["$set"]["properties"]["$set"] == {"email": "ann@shop.example"}
    assert rows["$set_once"]["properties"]["$set_once"] == {"first_seen": "2026-01-01"}
    assert rows["$create_alias"]["properties"]["alias"] == station.user
    assert rows["$groupidentify"]["groups"] == {"company": "acme"}
    assert rows["$groupidentify"]["properties"]["$group_set"] == {"size": 5}
    assert (rows["seen"]["user_id"], rows["seen"]["properties"]["$process_person_profile"]) == (None, False)
    assert station.links() == ["alias"]


def test_posthog_of_version_1(station: Station) -> None:
    from posthog import Posthog

    wrong: list[Any] = []
    client = Posthog(
        station.key, host=station.url, capture_mode="v1", gzip=True, on_error=lambda *said: wrong.append(said)
    )
    first = client.capture("bought", distinct_id=station.user, properties=FIELDS, timestamp=PAST)
    client.capture("seen")
    client.shutdown()
    assert wrong == []
    rows = {row["event"]: row for row in station.events(2)}
    bought = rows["bought"]
    assert bought["properties"].items() >= FIELDS.items() and bought["event_id"] == first
    assert (bought["user_id"], bought["client_time"]) == (station.user, NAIVE) and bought["sent_at"] is not None
    assert bought["library"].startswith("posthog-python/7.91.") and rows["seen"]["user_id"] is None


def test_posthog_asks_for_flags_in_vain(station: Station) -> None:
    from posthog import Posthog

    client = Posthog(station.key, host=station.url)
    assert client.get_all_flags(station.user) == {}
    client.shutdown()


def test_posthog_brings_the_past(station: Station) -> None:
    from posthog import Posthog

    client = Posthog(station.key, host=station.url, historical_migration=True)
    client.capture("bought", distinct_id=station.user, timestamp=PAST - timedelta(days=900))
    client.shutdown()
    (row,) = station.events()
    assert row["time"] == row["client_time"] == NAIVE - timedelta(days=900)
    assert row["properties"]["$historical_migration"] is True


def test_posthog_with_a_wrong_key_is_told(station: Station) -> None:
    from posthog import Posthog

    wrong: list[Any] = []
    client = Posthog("phc_wrong", host=station.url, on_error=lambda error, _: wrong.append(error))
    client.capture("bought", distinct_id=station.user)
    client.shutdown()
    assert len(wrong) == 1 and "401" in str(wrong[0])


@pytest.mark.parametrize(("prefix", "gzip"), [("", False), ("/ingest/segment", True)])
def test_segment(station: Station, prefix: str, gzip: bool) -> None:
    from segment.analytics import Client

    wrong: list[Any] = []
    client = Client(station.key, host=station.url + prefix, gzip=gzip, on_error=lambda *said: wrong.append(said))
    fields = {"properties": FIELDS, "timestamp": PAST, "context": {"ip": "10.0.0.1"}, "integrations": {"All": True}}
    sent: list[Any] = [
        client.track(station.user, "bought", anonymous_id=station.device, **fields),
        client.identify(station.user, {"email": "ann@shop.example"}),
        client.page(station.user, "Docs", "Home", {"path": "/"}),
        client.screen(station.user, "App", "Cart", {"lines": 2}),
        client.group(station.user, "acme", {"size": 5}),
        client.alias(f"former-{station.device}", station.user),
    ]
    client.flush()
    client.join()
    assert wrong == [] and all(sent)

    rows = {row["event"]: row for row in station.events(6)}
    bought = rows["bought"]
    assert bought["properties"].items() >= {**FIELDS, "$type": "track", "$integrations": {"All": True}}.items()
    assert bought["properties"]["$context"]["ip"] == "10.0.0.1"
    assert bought["properties"]["$context"]["library"]["name"] == "analytics-python"
    assert (bought["user_id"], bought["anonymous_id"], bought["client_time"]) == (station.user, station.device, NAIVE)
    assert (bought["dialect"], bought["source"], bought["library"]) == (
        "segment",
        station.source,
        "analytics-python/2.4.0",
    )
    assert bought["event_id"] and bought["sent_at"] is not None
    assert rows["$identify"]["properties"]["$traits"] == {"email": "ann@shop.example"}
    page = rows["$pageview"]["properties"]
    assert (page["path"], page["$name"], page["$category"]) == ("/", "Home", "Docs")
    assert rows["$screen"]["properties"]["lines"] == 2
    assert (rows["$groupidentify"]["groups"], rows["$groupidentify"]["properties"]["$traits"]) == (
        {"group": "acme"},
        {"size": 5},
    )
    assert rows["$create_alias"]["properties"]["$previousId"] == f"former-{station.device}"
    assert station.links() == ["alias", "identify"]


@pytest.mark.parametrize(("prefix", "buffered"), [("", False), ("/ingest/mixpanel", True)])
def test_mixpanel(station: Station, prefix: str, buffered: bool) -> None:
    mixpanel = pytest.importorskip("mixpanel")
    kind = mixpanel.BufferedConsumer if buffered else mixpanel.Consumer
    paths = {"events": "track", "people": "engage", "groups": "groups", "import": "import"}
    consumer = kind(**{f"{name}_url": f"{station.url}{prefix}/{path}" for name, path in paths.items()})
    client = mixpanel.Mixpanel(station.key, consumer=consumer)
    client.track(station.user, "bought", {**FIELDS, "time": PAST.timestamp(), "$insert_id": "m-1"})
    client.track(station.user, "bought", {**FIELDS, "time": PAST.timestamp(), "$insert_id": "m-1"})
    client.track(f"$device:{station.device}", "looked + liked", {"a": "b + c"})
    client.people_set(station.user, {"email": "ann@shop.example"})
    client.people_track_charge(station.user, 12.5)
    client.group_set("company", "acme", {"size": 5})
    # `alias` goes to Mixpanel's own address whatever is said.
    client.merge("secret", station.user, f"other-{station.device}")
    client.import_data("key", station.user, "long ago", PAST.timestamp() - 86_400 * 900, FIELDS, api_secret="secret")
    if buffered:
        consumer.flush()

    rows = {row["event"]: row for row in station.events(7)}
    assert len(station.events(7)) == 7 and {row["dialect"] for row in rows.values()} == {"mixpanel"}
    bought = rows["bought"]
    assert bought["properties"].items() >= FIELDS.items() and bought["event_id"] == "m-1"
    assert (bought["user_id"], bought["client_time"], bought["library"]) == (station.user, NAIVE, "python/5.4.1")
    looked = rows["looked + liked"]
    assert (looked["anonymous_id"], looked["user_id"], looked["properties"]["a"]) == (station.device, None, "b + c")
    assert rows["$set"]["properties"]["$set"] == {"email": "ann@shop.example"}
    assert rows["$append"]["properties"]["$append"]["$transactions"]["$amount"] == 12.5
    assert rows["$groupidentify"]["groups"] == {"company": "acme"}
    assert rows["long ago"]["time"] == NAIVE - timedelta(days=900)
    assert station.links() == ["merge"]
    wrong = mixpanel.Mixpanel("no-key", consumer=kind(events_url=f"{station.url}{prefix}/track"))
    with pytest.raises(mixpanel.MixpanelException, match="E_WRONG_KEY"):
        wrong.track(station.user, "bought")
        wrong._consumer.flush()


@pytest.mark.parametrize("path", ["/2/httpapi", "/batch", "/ingest/amplitude/2/httpapi"])
def test_amplitude(station: Station, path: str) -> None:
    amplitude = pytest.importorskip("amplitude")
    told: list[tuple[str, int]] = []
    config = amplitude.Config(
        server_url=station.url + path, callback=lambda event, code, _="": told.append((event["event_type"], code))
    )
    client = amplitude.Amplitude(station.key, config)
    at = int(PAST.timestamp() * 1000)
    fields = {name: value for name, value in FIELDS.items() if value is not None}
    who = {"user_id": station.user, "device_id": station.device}
    for _ in range(2):
        bought = amplitude.BaseEvent("bought", time=at, insert_id="a-1", event_properties=fields, session_id=-1, **who)
        client.track(bought)
    client.identify(amplitude.Identify().set("email", "ann@shop.example"), amplitude.EventOptions(**who))
    client.group_identify("company", "acme", amplitude.Identify().set("size", 5), amplitude.EventOptions(**who))
    client.flush()
    client.shutdown()

    rows = {row["event"]: row for row in station.events(3)}
    assert len(station.events(3)) == 3 and {row["dialect"] for row in rows.values()} == {"amplitude"}
    row = rows["bought"]
    assert row["properties"].items() >= fields.items() and (row["event_id"], row["client_time"]) == ("a-1", NAIVE)
    assert (row["user_id"], row["anonymous_id"], row["session_id"]) == (station.user, station.device, None)
    assert row["library"] == "amplitude-python/1.3.0"
    assert rows["$identify"]["properties"]["$user_properties"] == {"$set": {"email": "ann@shop.example"}}
    assert rows["$groupidentify"]["groups"] == {"company": "acme"}
    assert station.links() == ["identify"] and {code for _, code in told} == {200}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_umami(station: Station) -> None:
    umami = pytest.importorskip("umami")
    umami.set_url_base(station.url)
    umami.set_website_id(station.key)
    umami.set_hostname("shop.example")
    umami.new_page_view("Cart", "/cart?utm_source=mail", ip_address="203.0.113.9")
    umami.new_event("bought", url="/cart", custom_data={"plan": "pro"}, ip_address="203.0.113.9")
    umami.new_event("paid", url="/cart", custom_data={"plan": "pro"}, distinct_id=station.user)

    rows = {row["event"]: row for row in station.events(3)}
    viewed, bought = rows["$pageview"], rows["bought"]
    assert (viewed["properties"]["path"], viewed["properties"]["utm_source"]) == ("/cart", "mail")
    assert bought["properties"]["plan"] == "pro" and bought["dialect"] == "umami"
    assert len(bought["anonymous_id"]) == 32 and bought["anonymous_id"] == viewed["anonymous_id"]
    assert (rows["paid"]["user_id"], rows["paid"]["anonymous_id"]) == (station.user, None)
    assert not any("203.0.113" in str(row) for row in rows.values())


def test_plausible(station: Station) -> None:
    body = {"n": "pageview", "u": "https://shop.example/cart", "d": station.key, "r": None}
    said = httpx.post(f"{station.url}/api/event", content=json.dumps(body), headers={"content-type": "text/plain"})
    assert (said.status_code, said.text) == (202, "ok")
    (row,) = station.events()
    assert (row["event"], row["properties"]) == ("$pageview", {"url": "https://shop.example/cart", "path": "/cart"})
    assert row["anonymous_id"]


@pytest.mark.parametrize(("prefix", "gzip"), [("", True), ("/ingest/segment", False)])
def test_rudderstack(station: Station, prefix: str, gzip: bool) -> None:
    rudderstack = pytest.importorskip("rudderstack.analytics.client")
    wrong: list[Any] = []
    client = rudderstack.Client(
        station.key, host=station.url + prefix, gzip=gzip, on_error=lambda *said: wrong.append(said)
    )
    client.track(station.user, "bought", FIELDS, anonymous_id=station.device, timestamp=PAST, message_id="r-1")
    client.identify(station.user, {"email": "ann@shop.example"})
    client.flush()
    client.join()
    assert wrong == []
    rows = {row["event"]: row for row in station.events(2)}
    bought = rows["bought"]
    assert bought["properties"].items() >= FIELDS.items() and bought["event_id"] == "r-1"
    assert (bought["user_id"], bought["anonymous_id"], bought["client_time"]) == (station.user, station.device, NAIVE)
    assert rows["$identify"]["user_id"] == station.user and station.links() == ["identify"]


def test_google(station: Station) -> None:
    at = int(PAST.timestamp() * 1_000_000)
    body = {"client_id": "1.2", "timestamp_micros": at, "events": [{"name": "sign_up", "params": FIELDS}]}
    address = f"{station.url}/mp/collect?measurement_id=G-1&api_secret={station.key}"
    assert httpx.post(address, json=body).status_code == 204
    (row,) = station.events()
    assert row["properties"] == {**FIELDS, "$measurement_id": "G-1"}
    assert (row["event"], row["anonymous_id"], row["time"]) == ("sign_up", "1.2", NAIVE)
    assert httpx.post(f"{station.url}/debug/mp/collect", json={"events": []}).json()["validationMessages"]


def test_our_own(station: Station) -> None:
    event = {"event": "bought", "id": "e-1", "time": PAST.isoformat(), "user_id": station.user, "properties": FIELDS}
    said = httpx.post(f"{station.url}/v1/events", json=[event], headers={"authorization": f"Bearer {station.key}"})
    assert (said.status_code, said.json()) == (200, {"results": [{"index": 0, "result": "ok"}]})
    # The same once more, as a client does that did not hear the answer.
    httpx.post(f"{station.url}/v1/events?key={station.key}", json=event)
    (row,) = station.events()
    assert (row["event_id"], row["user_id"], row["time"], row["properties"]) == ("e-1", station.user, NAIVE, FIELDS)


def test_what_is_refused_is_in_the_quarantine(station: Station) -> None:
    address = f"{station.url}/v1/events?key={station.key}"
    good = {"event": "bought", "user_id": station.user}
    assert httpx.post(address, json=[good, {"event": ""}, good]).status_code == 207
    assert httpx.post(address, json=[{"time": "soon"}]).status_code == 400
    assert httpx.post(address, content=b'[{"event": "cut').status_code == 400
    assert len(station.events(2)) == 2
    assert station.quarantine(3) == [
        ("E_BODY_UNREADABLE", b'[{"event": "cut'),
        ("E_EVENT_NO_NAME", b'{"event":""}'),
        ("E_EVENT_NO_NAME", b'{"time":"soon"}'),
    ]
