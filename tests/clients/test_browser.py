"""The clients for browsers, as their makers publish them, and our own, in a Chromium: each event is found again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.station import Station

PAGE = """<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,">{head}</head>
<body><h1>Shoes</h1><button id="buy">Buy</button>{body}</body></html>"""
FIELDS = {"plan": "pro", "price": 12.5, "tags": ["a", "b"], "inner": {"deep": {"er": 1}}, "name": "Zoë – naïve"}


class Visit:
    """A browser that has never been here, and what it complains about."""

    def __init__(self, browser: Any, site: tuple[Path, str]) -> None:
        self.context = browser.new_context()
        self.folder, self.url = site
        self.complaints: list[str] = []

    def write(self, head: str = "", body: str = "", name: str = "index.html") -> None:
        """Put a page on the site."""
        (self.folder / name).write_text(PAGE.format(head=head, body=body), "utf-8")

    def open(self, path: str = "/") -> Any:
        """Open a page of the site in a new tab."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.url + path)
        return page


@pytest.fixture
def visit(browser: Any, site: tuple[Path, str]) -> Iterator[Visit]:
    made = Visit(browser, site)
    yield made
    made.context.close()
    assert made.complaints == []


def script(station: Station, **data: str) -> str:
    """The tag that brings tn.js."""
    more = "".join(f' data-{name}="{value}"' for name, value in data.items())
    return f'<script defer src="{station.url}/tn.js" data-key="{station.key}"{more}></script>'


def leave(page: Any) -> None:
    """Go away, as a person does who closes a tab."""
    page.close(run_before_unload=True)


def test_our_own(station: Station, visit: Visit) -> None:
    visit.write(script(station), f"<script>const fields = {json.dumps(FIELDS)};</script>")
    page = visit.open("/?utm_source=mail&x=1#top")
    page.evaluate("truenorth.track('bought', fields)")
    page.evaluate("history.pushState({}, '', '/cart')")
    page.wait_for_timeout(50)
    page.evaluate("truenorth.identify('USER', {email: 'ann@shop.example'})".replace("USER", station.user))
    page.click("#buy")
    page.wait_for_timeout(50)
    leave(page)

    rows = station.events(5)
    assert [row["event"] for row in rows] == ["$pageview", "bought", "$pageview", "$identify", "$web_vitals"]
    assert {row["dialect"] for row in rows} == {"native"} and {row["library"] for row in rows} == {"tn.js/1"}
    assert len({row["session_id"] for row in rows}) == len({row["anonymous_id"] for row in rows}) == 1
    assert all(row["anonymous_id"] and row["event_id"] and row["sent_at"] and row["client_time"] for row in rows)
    first, bought, second, identified, vitals = (row["properties"] for row in rows)
    assert first["url"] == visit.url + "/?utm_source=mail&x=1#top"
    assert (first["path"], first["title"], first["referrer"], first["utm_source"]) == ("/", "Shop", "", "mail")
    assert first["width"] > 0 and first["language"] and "x" not in first
    assert bought.items() >= FIELDS.items()
    assert (second["path"], second["referrer"]) == ("/cart", first["url"])
    assert identified["$set"] == {"email": "ann@shop.example"}
    assert [row["user_id"] for row in rows] == [None, None, None, station.user, station.user]
    assert station.links() == ["identify"]
    assert vitals.keys() == {"url", "path", "ttfb", "fcp", "lcp", "cls", "inp"} - ({"inp"} - vitals.keys())
    assert all(isinstance(value, int | float) for name, value in vitals.items() if name not in ("url", "path"))
    assert 0 <= vitals["ttfb"] <= vitals["fcp"] <= vitals["lcp"] < 60_000 and vitals["cls"] >= 0


def test_our_own_knows_a_browser_again(station: Station, visit: Visit) -> None:
    visit.write(script(station))
    leave(visit.open("/"))
    leave(visit.open("/?again"))
    rows = [row for row in station.events(4) if row["event"] == "$pageview"]
    assert len(rows) == 2 and len({(row["anonymous_id"], row["session_id"]) for row in rows}) == 1
    page = visit.open("/?later")
    page.evaluate("localStorage.tn_session = localStorage.tn_session.split(' ')[0] + ' ' + (Date.now() - 31 * 60e3)")
    page.evaluate("truenorth.track('later')")
    page.evaluate("truenorth.reset(); truenorth.track('else')")
    leave(page)
    rows = {row["event"]: row for row in station.events(7)[4:]}
    assert rows["later"]["session_id"] != rows["$pageview"]["session_id"]
    assert rows["later"]["anonymous_id"] == rows["$pageview"]["anonymous_id"]
    assert rows["else"]["anonymous_id"] != rows["later"]["anonymous_id"]
    assert rows["else"]["session_id"] != rows["later"]["session_id"]
    assert visit.context.cookies() == []


def test_our_own_keeps_what_cannot_be_sent(station: Station, visit: Visit) -> None:
    visit.write(script(station))
    page = visit.open("/")
    page.wait_for_function("!JSON.parse(localStorage.tn_queue || '[0]').length")
    visit.context.set_offline(True)
    page.evaluate("truenorth.track('offline')")
    page.wait_for_function("JSON.parse(localStorage.tn_queue).length == 1")
    leave(page)
    assert [row["event"] for row in station.events(1)] == ["$pageview"]
    visit.context.set_offline(False)
    leave(visit.open("/?back"))
    names = sorted(row["event"] for row in station.events(5))
    assert names == ["$pageview", "$pageview", "$web_vitals", "$web_vitals", "offline"]


def test_our_own_sends_again_what_was_not_answered_and_it_counts_once(station: Station, visit: Visit) -> None:
    visit.write(script(station))
    answers: list[int] = []

    def lose(route: Any) -> None:
        # The first request arrives, and its answer is lost; the second is told to come again.
        answers.append(0)
        if len(answers) == 1:
            answers[0] = route.fetch().status
            route.abort()
        elif len(answers) == 2:
            route.fulfill(status=503)
        else:
            route.continue_()

    visit.context.route("**/v1/events", lose)
    page = visit.open("/")
    page.evaluate("truenorth.track('bought')")
    page.wait_for_event("requestfailed")
    for _ in range(2):
        # It would come again by itself, later and later.
        with page.expect_event("response", lambda response: response.status in (200, 503)):
            page.wait_for_timeout(100)
            page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_function("localStorage.tn_queue == '[]'")
    visit.context.unroute("**/v1/events")
    leave(page)
    assert answers[0] == 200 and len(answers) == 3
    assert sorted(row["event"] for row in station.events(3)) == ["$pageview", "$web_vitals", "bought"]


@pytest.mark.parametrize("name", ["globalPrivacyControl", "doNotTrack"])
def test_our_own_says_nothing_where_that_is_asked(station: Station, visit: Visit, name: str) -> None:
    visit.write(script(station, respect=""))
    visit.context.add_init_script(f"Object.defineProperty(navigator, '{name}', {{value: '1'}})")
    page = visit.open("/")
    page.evaluate("truenorth.track('bought'); truenorth.identify('ann'); truenorth.reset(); truenorth.page()")
    assert page.evaluate("Object.keys(localStorage).length") == 0
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.wait_for_timeout(1_300)
    leave(page)
    assert sent == [] and visit.context.cookies() == []


def test_our_own_takes_a_cookie_when_asked(station: Station, visit: Visit) -> None:
    early = "<script>window.truenorth = [['track', 'early', {a: 1}]];</script>"
    twice = script(station, cookies="", manual="") * 2
    visit.write(early + twice)
    page = visit.open("/")
    page.evaluate("truenorth.page({section: 'shoes'})")
    leave(page)
    [cookie] = visit.context.cookies()
    rows = station.events(3)
    assert (cookie["name"], cookie["sameSite"]) == ("tn_id", "Lax")
    assert {row["anonymous_id"] for row in rows} == {cookie["value"]}
    assert [row["event"] for row in rows] == ["early", "$pageview", "$web_vitals"]
    assert rows[1]["properties"]["section"] == "shoes"


def test_posthog(station: Station, visit: Visit, modules: Path) -> None:
    shutil.copy(modules / "posthog-js" / "dist" / "module.js", visit.folder / "posthog.js")
    start = f"""<script type="module">
      import posthog from "./posthog.js";
      posthog.init("{station.key}", {{api_host: "{station.url}", opt_out_useragent_filter: true}});
      posthog.capture("looked", {json.dumps(FIELDS)});
      window.posthog = posthog;
    </script>"""
    visit.write(start)
    page = visit.open("/?utm_source=mail")
    page.wait_for_function("window.posthog")
    page.click("#buy")
    page.evaluate(f"posthog.identify('{station.user}', {{email: 'ann@shop.example'}})")
    page.evaluate(f"posthog.group('company', 'acme', {{size: 5}}); posthog.capture('bought', {json.dumps(FIELDS)})")
    page.wait_for_timeout(200)
    leave(page)

    rows = station.events(6)
    named = {row["event"]: row for row in rows}
    assert named.keys() >= {
        "$pageview",
        "looked",
        "$autocapture",
        "$identify",
        "$groupidentify",
        "bought",
        "$pageleave",
    }
    assert len({row["event_id"] for row in rows}) == len(rows) and len({row["session_id"] for row in rows}) == 1
    looked, bought, identified = named["looked"], named["bought"], named["$identify"]
    assert looked["properties"].items() >= FIELDS.items() and bought["properties"].items() >= FIELDS.items()
    assert looked["user_id"] is None and looked["anonymous_id"]
    assert (identified["user_id"], identified["anonymous_id"]) == (station.user, looked["anonymous_id"])
    assert identified["properties"]["$set"]["email"] == "ann@shop.example"
    assert bought["user_id"] == station.user and bought["groups"] == {"company": "acme"}
    assert named["$pageview"]["properties"]["$current_url"] == visit.url + "/?utm_source=mail"
    assert {row["library"] for row in rows} == {"web/1.449.2"} and station.links() == ["identify"]


def test_segment(station: Station, visit: Visit, modules: Path) -> None:
    source = modules / "@segment" / "analytics-next" / "dist" / "umd"
    shutil.copytree(source, visit.folder / "segment", ignore=shutil.ignore_patterns("*.map", "*.gz"))
    start = f"""<script src="/segment/index.js"></script><script>
      window.analytics = AnalyticsNext.AnalyticsBrowser.load({{writeKey: "{station.key}", cdnURL: "{station.url}"}});
      analytics.page("Docs", "Home", {{section: "shoes"}});
      analytics.track("bought", {json.dumps(FIELDS)});
    </script>"""
    visit.write(start)
    page = visit.open("/?utm_source=mail")
    page.evaluate(f"analytics.identify('{station.user}', {{email: 'ann@shop.example'}})")
    page.evaluate("analytics.group('acme', {size: 5})")

    rows = {row["event"]: row for row in station.events(4)}
    bought, viewed, identified = rows["bought"], rows["$pageview"], rows["$identify"]
    assert bought["properties"].items() >= FIELDS.items() and bought["library"] == "analytics.js/next-1.84.3"
    assert viewed["properties"]["section"] == "shoes" and viewed["properties"]["$name"] == "Home"
    assert viewed["properties"]["$context"]["campaign"] == {"source": "mail"}
    assert identified["user_id"] == station.user and identified["anonymous_id"] == bought["anonymous_id"]
    assert identified["properties"]["$traits"] == {"email": "ann@shop.example"}
    assert rows["$groupidentify"]["groups"] == {"group": "acme"} and station.links() == ["identify"]
    assert all(row["sent_at"] and row["client_time"] and row["event_id"] for row in rows.values())
