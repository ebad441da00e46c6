"""The whole app as others reach it: nothing without a password, and nothing by a trick."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages.house import RIGHT, House, paths
from truenorth import workspace
from truenorth.access.key import create_key
from truenorth.access.person import set_password
from truenorth.serve.place import Listening
from truenorth.store.state import State

TELLS = ("Revenue", "revenue,", "8,640", "16,740", "Order value", "E_SECRET_PLAN", "dana.miller", "metric_time")
FREE = ("/static/v/app.css", "/sign-in", "/set-up", "/share/")


@pytest.mark.parametrize("kind", ["page", "program"])
def test_nothing_is_told_to_strangers(house: House, kind: str) -> None:
    more = [
        ("GET", path) for path in ("/m/revenue.json", "/home.csv", "/m/revenue.xlsx?range=all", "/nothing", "/m/revenu")
    ]
    more += [
        ("GET", path)
        for path in ("/static/revenu", "/share/revenu/x", "/share/", "//m/revenue", "/sign-in/", "/static//x")
    ]
    for method, path in (*paths(house), *more):
        accept = {"accept": "text/html" if kind == "page" else "*/*"}
        answered = house.visitor().ask(method, path, **accept)
        told = [word for word in TELLS if word in answered.text]
        assert told == [], (method, path, told)
        if path.startswith(FREE) and path not in ("/share/", "/share/revenu/x"):
            continue
        expected = {401} if kind == "program" and method != "POST" else {303, 401, 403, 400, 404, 405}
        assert answered.status_code in expected, (method, path, answered.status_code)
        if answered.status_code == 303:
            assert answered.headers["location"].startswith("/sign-in?next="), path


def test_every_form_of_every_address_is_refused_without_its_word(house: House) -> None:
    for who in (house.visitor(), house.signed_in()):
        for method, path in paths(house):
            if method == "POST":
                assert who.post(path, {"id": "x", "page": "/"}).status_code == 403, path


def test_a_browser_is_led_to_the_form_and_back(house: House) -> None:
    visitor = house.visitor()
    answered = visitor.get("/m/revenue?by=country&where=plan:pro")
    assert answered.status_code == 303
    assert answered.headers["location"] == "/sign-in?next=/m/revenue%3Fby%3Dcountry%26where%3Dplan%3Apro"
    form = visitor.get(answered.headers["location"])
    assert 'name="next" value="/m/revenue?by=country&amp;where=plan:pro"' in form.text
    entered = visitor.sign_in(back="/m/revenue?by=country&where=plan:pro")
    assert (entered.status_code, entered.headers["location"]) == (303, "/m/revenue?by=country&where=plan:pro")
    page = visitor.get("/m/revenue")
    assert page.status_code == 200 and "Sign out dana" in page.text
    assert page.headers["cache-control"] == "private, no-cache"


def test_a_program_is_told_plainly(house: House) -> None:
    answered = house.visitor().get("/m/revenue.json", accept="*/*")
    assert answered.status_code == 401
    assert answered.text.startswith("E_SIGN_IN") and "www-authenticate" in answered.headers


def test_a_capture_key_opens_nothing(house: House, accounts: State) -> None:
    _, text = create_key(accounts, "web", house.now)
    for headers in ({"authorization": f"Bearer {text}"}, {"authorization": f"Basic {text}"}, {"x-api-key": text}):
        assert house.visitor().get("/m/revenue.json", accept="*/*", **headers).status_code == 401
    visitor = house.visitor()
    visitor.cookies.set(house.entrance.cookie("session", False), text)
    assert visitor.get("/m/revenue.json", accept="*/*").status_code == 401


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "///evil.example",
        "https://evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "evil.example",
        "@evil.example",
        "data:text/html,x",
        "",
        "/\x00/evil.example",
    ],
)
def test_signing_in_leads_to_own_pages_only(house: House, back: str) -> None:
    answered = house.visitor().sign_in(back=back)
    assert (answered.status_code, answered.headers["location"]) == (303, "/")


def test_choosing_a_theme_leads_to_own_pages_only(house: House) -> None:
    visitor = house.signed_in()
    for back in ("//evil.example", "https://evil.example", "/%5Cevil.example", "/%09/evil.example"):
        assert visitor.get(f"/theme?theme=dark&back={back}").headers["location"] == "/"
    assert visitor.get("/theme?theme=dark&back=/m/revenue%3Fby%3Dplan").headers["location"] == "/m/revenue?by=plan"


def test_cookies_are_closed_to_scripts_and_other_sites(house: House) -> None:
    visitor = house.visitor()
    first = visitor.get("/sign-in").headers.get_list("set-cookie")
    then = visitor.sign_in().headers.get_list("set-cookie")
    assert [one.partition("=")[0].rpartition("_")[2] for one in (*first, *then)] == ["form", "session", "browser"]
    for cookie in (*first, *then):
        words = {word.strip().lower() for word in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= words
        assert not any(word.startswith("domain") for word in words)
        assert "secure" not in words
    assert "Max-Age" not in first[0] and "Max-Age=2592000" in then[0]


def test_over_https_cookies_stay_with_this_host(shop: workspace.Workspace, house: House) -> None:
    public = House(shop, house.state, Listening(public_url="https://metrics.example"))
    visitor = public.visitor("https://metrics.example")
    cookies = (
        *visitor.get("/sign-in").headers.get_list("set-cookie"),
        *visitor.sign_in().headers.get_list("set-cookie"),
    )
    assert len(cookies) == 3
    for cookie in cookies:
        assert cookie.startswith("__Host-truenorth_") and "; Secure" in cookie
    assert visitor.get("/").status_code == 200


def test_a_proxy_that_is_trusted_says_who_asks_and_how(shop: workspace.Workspace, house: House) -> None:
    asked = Listening(proxies=("192.168.1.99",))
    proxied = House(shop, house.state, asked)
    told = {"x_forwarded_proto": "https", "x_forwarded_for": "6.6.6.6, 203.0.113.7"}
    assert "; Secure" in proxied.visitor().get("/sign-in", **told).headers["set-cookie"]
    assert "; Secure" not in proxied.visitor(address="10.9.9.9").get("/sign-in", **told).headers["set-cookie"]
    for at in range(5):
        visitor = proxied.visitor()
        data = {"form_token": visitor.token(), "name": f"n{at}", "password": "wrong"}
        assert visitor.post("/sign-in", data, x_forwarded_for=f"9.9.9.{at}, 203.0.113.7").status_code == 403
    visitor = proxied.visitor()
    data = {"form_token": visitor.token(), "name": "n", "password": "wrong"}
    assert visitor.post("/sign-in", data, x_forwarded_for="1.2.3.4, 203.0.113.7").status_code == 429
    assert visitor.post("/sign-in", data, x_forwarded_for="203.0.113.7, 1.2.3.4").status_code == 403


def test_an_untrusted_visitor_cannot_choose_its_address(house: House) -> None:
    answers = []
    for at in range(7):
        visitor = house.visitor()
        data = {"form_token": visitor.token(), "name": f"n{at}", "password": "wrong"}
        answers.append(visitor.post("/sign-in", data, x_forwarded_for=f"9.9.9.{at}").status_code)
    assert answers == [403] * 5 + [429] * 2


def test_guessing_is_slowed_down_and_says_for_how_long(house: House) -> None:
    visitor = house.visitor()
    answers = [visitor.sign_in(password="wrong horse") for _ in range(6)]
    assert [one.status_code for one in answers] == [403] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "2"
    assert "E_TOO_MANY_ATTEMPTS" in answers[-1].text and "E_WRONG_PASSWORD" in answers[0].text
    assert visitor.sign_in().status_code == 429
    house.later(seconds=2)
    assert visitor.sign_in().status_code == 303


def test_what_is_wrong_is_not_told_apart(house: House) -> None:
    def said(name: str, address: str) -> tuple[int, str]:
        visitor = house.visitor(address=address)
        token = visitor.token()
        answered = visitor.post("/sign-in", {"form_token": token, "name": name, "password": "wrong", "next": "/"})
        return answered.status_code, answered.text.replace(token, "T").replace(name, "N")

    assert said("dana", "10.1.1.1") == said("nobody", "10.2.2.2")


def test_a_session_that_was_planted_is_not_taken_over(house: House) -> None:
    """Session fixation: whatever the browser brings along, signing in gives it another word."""
    name, planted = house.entrance.cookie("session", False), "x" * 43
    visitor = house.visitor()
    visitor.cookies.set(name, planted, domain="192.168.1.7", path="/")
    assert visitor.sign_in().status_code == 303
    assert visitor.cookies.get(name, domain="192.168.1.7") != planted
    assert visitor.get("/").status_code == 200
    attacker = house.visitor()
    attacker.cookies.set(name, planted, domain="192.168.1.7", path="/")
    assert attacker.get("/").status_code == 303


def test_sign_out_ends_the_session_for_whoever_has_its_word(house: House) -> None:
    visitor, copy = house.signed_in(), house.visitor()
    copy.cookies = visitor.cookies
    assert copy.get("/").status_code == 200
    answered = visitor.send("/", "/sign-out")
    assert (answered.status_code, answered.headers["location"]) == (303, "/sign-in")
    assert "Max-Age=0" in answered.headers["set-cookie"]
    assert visitor.get("/").status_code == copy.get("/").status_code == 303


def test_another_password_ends_every_session(house: House, accounts: State) -> None:
    visitors = [house.signed_in() for _ in range(2)]
    set_password(accounts, "dana", "another horse battery", house.now, "terminal")
    assert [one.get("/").status_code for one in visitors] == [303, 303]
    assert house.visitor().sign_in().status_code == 403


def test_a_session_ends_by_itself(house: House) -> None:
    visitor = house.signed_in()
    house.later(days=6)
    assert visitor.get("/").status_code == 200
    house.later(days=7)
    assert visitor.get("/").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://192.168.1.7"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused(house: House, headers: dict[str, str]) -> None:
    visitor = house.signed_in()
    data = {"form_token": visitor.token("/sharing?page=/"), "page": "/", "days": "7"}
    refused = visitor.post("/sharing", data, **headers)
    assert (refused.status_code, refused.text[:14]) == (403, "E_FOREIGN_FORM")
    assert "Take back" not in visitor.get("/sharing").text
    assert visitor.post("/sharing", data).status_code == 200


def test_over_https_forms_come_from_https(shop: workspace.Workspace, house: House) -> None:
    public = House(shop, house.state, Listening(public_url="https://metrics.example"))
    visitor = public.visitor("https://metrics.example")
    data = {"form_token": visitor.token(), "name": "dana", "password": RIGHT}
    assert visitor.post("/sign-in", data, origin="http://metrics.example").status_code == 403
    assert visitor.post("/sign-in", data, origin="https://metrics.example").status_code == 303


def test_behind_a_proxy_that_changes_the_host_forms_are_still_ours(shop: workspace.Workspace, house: House) -> None:
    public = House(shop, house.state, Listening(public_url="https://metrics.example", proxies=("192.168.1.99",)))
    visitor = public.visitor("http://127.0.0.1:8321")
    first = visitor.get("/sign-in", x_forwarded_proto="https")
    data = {"form_token": first.text.partition('form_token" value="')[2][:64], "name": "dana", "password": RIGHT}
    visitor.cookies.set(*first.headers["set-cookie"].partition(";")[0].split("=", 1), domain="127.0.0.1", path="/")
    told = {"x_forwarded_proto": "https", "sec_fetch_site": "same-origin"}
    assert visitor.post("/sign-in", data, origin="https://metrics.example", **told).status_code == 303
    assert visitor.post("/sign-in", data, origin="https://evil.example", **told).status_code == 403


def test_a_form_needs_the_word_of_its_own_visitor(house: House) -> None:
    visitor, other, stranger = house.signed_in(), house.signed_in(), house.visitor()
    words = ["", "x", other.token("/sharing?page=/"), stranger.token("/sign-in")]
    for word in words:
        answered = visitor.post("/sharing", {"form_token": word, "page": "/", "days": "7"})
        assert (answered.status_code, answered.text[:14]) == (403, "E_FOREIGN_FORM")
    assert visitor.post("/sharing", {"page": "/", "days": "7"}).status_code == 403


def test_nobody_is_signed_in_by_a_form_of_another_site(house: House) -> None:
    """Login CSRF: a form that signs a visitor in as somebody else is refused like any other."""
    visitor = house.visitor()
    data = {"form_token": house.visitor().token(), "name": "dana", "password": RIGHT}
    assert visitor.post("/sign-in", data).status_code == 403
    assert (
        visitor.post("/sign-in", {**data, "form_token": visitor.token()}, origin="http://evil.example").status_code
        == 403
    )


def test_forms_are_small_and_plain(house: House) -> None:
    visitor = house.visitor()
    large = {"form_token": visitor.token(), "name": "x" * 70_000}
    assert visitor.post("/sign-in", large).status_code == 400
    typed = visitor.ask("POST", "/sign-in", content_type="application/json")
    assert (typed.status_code, typed.text[:10]) == (400, "E_BAD_FORM")


def test_before_there_is_an_account_there_is_only_the_set_up(empty_house: House) -> None:
    for path in ("/", "/m/revenue", "/sharing"):
        answered = empty_house.visitor().get(path)
        assert (answered.status_code, answered.headers["location"]) == (303, "/set-up")
    told = empty_house.visitor().get("/m/revenue.json", accept="*/*")
    assert told.status_code == 403 and told.text.startswith("E_SET_UP_FIRST")
    assert empty_house.visitor().get("/sign-in").headers["location"] == "/set-up"
    for code in ("", "?code=", "?code=x", f"?code={'x' * 22}"):
        page = empty_house.visitor().get(f"/set-up{code}")
        assert page.status_code == 403 and "Set up first" in page.text and "<form" not in page.text


def test_the_first_account_is_made_with_the_word_from_the_terminal(empty_house: House) -> None:
    assert empty_house.entrance.invitation is not None
    code = empty_house.entrance.invitation.word
    visitor, page = empty_house.visitor(), f"/set-up?code={code}"
    fields = {"code": code, "name": "Dana", "password": RIGHT, "again": RIGHT}
    for wrong in ({"again": "another"}, {"password": "short", "again": "short"}, {"name": " "}):
        answered = visitor.send(page, "/set-up", **{**fields, **wrong})
        assert answered.status_code == 400 and 'role="alert"' in answered.text
    bare = visitor.send(page, "/set-up", code=code, name="Dana")
    assert bare.status_code == 400 and "at least 10" in bare.text
    forged = visitor.post("/set-up", {**fields, "form_token": visitor.token(page), "code": "x" * 22})
    assert forged.status_code == 403
    done = visitor.send(page, "/set-up", **fields)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert "Sign out dana" in visitor.get("/").text
    again = empty_house.visitor()
    assert again.get(page).headers["location"] == "/sign-in"
    answered = again.post("/set-up", {**fields, "form_token": again.token(), "name": "mallory"})
    assert answered.headers["location"] == "/sign-in"
    assert again.sign_in("mallory").status_code == 403


def test_the_word_from_the_terminal_is_for_an_hour(empty_house: House) -> None:
    assert empty_house.entrance.invitation is not None
    page = f"/set-up?code={empty_house.entrance.invitation.word}"
    visitor = empty_house.visitor()
    token = visitor.token(page)
    empty_house.later(hours=1)
    assert visitor.get(page).status_code == 403
    fields = {
        "form_token": token,
        "code": empty_house.entrance.invitation.word,
        "name": "dana",
        "password": RIGHT,
        "again": RIGHT,
    }
    assert visitor.post("/set-up", fields).status_code == 403


def test_a_password_of_the_terminal_opens_a_house_that_waits_for_its_first_account(
    empty_house: House, accounts: State
) -> None:
    assert empty_house.visitor().get("/").headers["location"] == "/set-up"
    set_password(accounts, "dana", RIGHT, empty_house.now, "terminal")
    assert empty_house.visitor().sign_in().status_code == 303
    assert empty_house.entrance.invitation is not None
    assert (
        empty_house.visitor().get(f"/set-up?code={empty_house.entrance.invitation.word}").headers["location"]
        == "/sign-in"
    )


def test_on_this_machine_there_is_no_sign_in(shop: workspace.Workspace, accounts: State, tmp_path: Path) -> None:
    here = House(shop, accounts, Listening())
    visitor = here.visitor("http://127.0.0.1:8321", "127.0.0.1")
    page = visitor.get("/m/revenue")
    assert page.status_code == 200 and "Sign out" not in page.text
    assert "set-cookie" not in page.headers and page.headers["cache-control"] == "no-cache"
    assert not (tmp_path / ".truenorth").exists()
    assert visitor.get("/sign-in?next=/metrics").headers["location"] == "/metrics"
    assert visitor.get("/set-up").headers["location"] == "/sign-in"


def test_a_state_that_fails_is_told_and_shows_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = house.signed_in()
    house.state.close()
    Path(str(house.state.url.database)).write_bytes(b"no database at all, whatever its name says" * 200)
    for name in ("-wal", "-shm"):
        Path(f"{house.state.url.database}{name}").unlink(missing_ok=True)
    answered = visitor.get("/m/revenue")
    assert answered.status_code == 503 and answered.text.startswith("E_STATE_FAILED")
    assert "state.db" not in answered.text and "not a database" not in answered.text
    assert not any(word in answered.text for word in TELLS)
    for path in ("/sign-in", "/share/" + "x" * 43):
        told = house.visitor().get(path).text
        assert not any(word in told for word in (*TELLS, "state.db", "not a database"))
