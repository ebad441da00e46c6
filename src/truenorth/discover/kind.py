"""What a table is: kinds as a table of evidence, the words of names and what its columns can be used for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from truenorth.discover.facts import Table
from truenorth.discover.movement import movements_of, moves_of
from truenorth.discover.pick import PERSONS, UP, is_count, is_flag, is_money, person, pick, referring, says_up
from truenorth.discover.word import texts

LEAST = 3.5


class Kind(Struct, frozen=True):
    """A kind of table: what speaks for it by name and by feature, and which features it cannot be without."""

    name: str
    names: Mapping[str, float]
    features: Mapping[str, float]
    needs: tuple[tuple[str, ...], ...] = ()


class Recognised(Struct, frozen=True):
    """The kind of a table, how much spoke for it, and the features that did; `rival` is the next best."""

    kind: str
    score: float
    features: tuple[str, ...] = ()
    rival: str = ""


def _weights(text: str) -> dict[str, float]:
    pairs = (one.rpartition(":") for one in text.split())
    return {name.replace("_", " "): float(weight) for name, _, weight in pairs}


def _kind(name: str, names: str, features: str, *needs: str) -> Kind:
    return Kind(name, _weights(names), _weights(features), tuple(tuple(need.split("|")) for need in needs))


KINDS: tuple[Kind, ...] = (
    _kind(
        "orders",
        "order:5 purchase:4.5 sale:4 checkout:3 trip:4.5 ride:4.5 booking:4 reservation:4 transaction:2 shop:1 "
        "donation:3",
        "total:1.5 person:1 status:.5 currency:.5 own_order:2.5 discount:.7 tax:.5 shipping:1 quantity:.3 "
        "delivered:.5 order_lines:1 due:-1 method:-1 clicks:-3 event:-1.5 history:-4 refund_name:-3 ended:-1.5 "
        "movement:-4 "
        "stage:-2",
        "time",
        "total|own order|price",
    ),
    _kind(
        "order lines",
        "order_item:6 order_line:6 line_item:5 order_product:5 order_detail:5 basket_item:4 cart_item:2 "
        "sale_line:5 purchase_item:5 order_position:5 item:2 line:2 sale:1.5",
        "order_ref:3 payment_ref:.5 quantity:2 product:1.5 price:1.5 order:.5 email:-1.5 status:-.5",
        "order ref|order lines|payment ref",
        "order ref|order lines|quantity",
        "quantity|price|total",
    ),
    _kind(
        "subscriptions",
        "subscription:6.5 contract:3 membership:4 subscriber:3 plan:1 agreement:2",
        "plan:1 ended:1.5 started:1 recurring:1.5 interval:1.5 trial_end:1.5 person:.5 status:.5 due:-1 "
        "history:-3 event:-1.5 lines:-3 time_series:-4 recurring_movement:-9 "
        "appointed:-9",
        "time|started",
        "person|plan|recurring",
    ),
    _kind(
        "subscription months",
        "mrr:3 arr:3 subscription:2 revenue:1",
        "standing_revenue:9 person:1 plan:1 time_series:1",
        "standing revenue",
        "person",
    ),
    _kind(
        "recurring movements",
        "mrr_movement:3 subscription_event:3 movement:2",
        "recurring_movement:9",
        "time",
        "recurring movement",
    ),
    _kind(
        "invoices",
        "invoice:6.5 bill:4",
        "due:2.5 paid:1 own_invoice:2 total:1 status:.5 tax:.5 person:.5 lines:-5 subscription_ref:.5",
        "time",
        "total",
    ),
    _kind(
        "payments",
        "payment:6 charge:6 transaction:3.5 capture:3 receipt:3",
        "method_of_payment:2 invoice_ref:1 order_ref:.5 status:.5 card:1.5 total:1 fee:.5 refund:.5 quantity:-2 "
        "movement:5 history:-3 refund_name:-3 intent:-1 plan:-.5",
        "time",
        "total",
    ),
    _kind(
        "refunds",
        "refund:7 chargeback:6 return:4 dispute:3 credit_note:6 credit_memo:6 creditmemo:6 order_slip:6 credit_slip:6",
        "order_ref:1 payment_ref:1 invoice_ref:.5 total:1 reason:.5",
        "time",
    ),
    _kind(
        "customers",
        "customer:6 user:6 account:5 member:5 contact:3 person:5 profile:4 company:3.5 organization:4 signup:5 "
        "subscriber:3 buyer:5 workspace:4 team:4 tenant:3.5 patient:5 student:5 shopper:5 registration:4 visitor:2",
        "email:2.5 first_name:1.5 phone:1 key:1 country:.5 total:-.7 order_ref:-2.5 event:-2.5 due:-2 "
        "quantity:-2 session:-1.5 converted:-1 stage:-2 priority:-2 history:-3 lines:-3 http:-3 membership:-8 staff:-9"
        " figures:-8 calls_of_it:-6",
        "key",
    ),
    _kind(
        "tickets",
        "ticket:6 case:4.5 issue:4 conversation:3 support:3 inquiry:3 request:1.5 complaint:4",
        "priority:2 resolved:2 answered:3 subject:1 status:.7 agent:.7 score:.5 http:-4 total:-2 severity:-1 event:-1",
        "time",
    ),
    _kind(
        "tasks",
        "task:6 card:4 todo:6 story:4 subtask:6 assignment:3 job:2",
        "resolved:1.5 status:.7 agent:1.5 subject:1 estimate:2 board_ref:1.5 project_ref:1 priority:.5 answered:-2 "
        "score:-1 total:-3 method_of_payment:-3 event:-1 http:-4 stage:-1 order_ref:-2 severity:-1 email:-2",
        "time",
        "status|resolved|agent",
        "agent|subject|estimate",
    ),
    _kind(
        "activity",
        "comment:6 message:4 post:4 reply:5 like:5 reaction:6 vote:5 favorite:5 follow:5 login:5 note:4 "
        "upload:4 bookmark:5 share:4",
        "person:1.5 total:-3 status:-.5 event:-2 session:-1 http:-3 priority:-3 quantity:-2 clicks:-4 key:.2 "
        "membership:-6 email:-1.5 stage:-2 lines:-2 method_of_payment:-2",
        "time",
        "person",
    ),
    _kind(
        "requests",
        "request:4 log:3 access:2.5 hit:3 http:3 api:2.5 call:2 trace:2 span:2",
        "http:4 duration:2 path:2 method:2 browser:.5 total:-2 priority:-2 event:-1",
        "time",
        "http|duration",
    ),
    _kind(
        "calls",
        "call:5 phone:2 phone_call:6 call_center:6",
        "duration:1 wait:2 abandoned:2 talk:2 agent:1 person:.5 score:.5 http:-5 path:-3 method:-2 total:-1 event:-2 "
        "figures:-5",
        "time",
        "duration|wait|abandoned|talk",
    ),
    _kind(
        "spend",
        "spend:6 ad:4 marketing:4 campaign:2 cost:1.5 budget:2 adword:5",
        "impressions:3 clicks:3 campaign:1 channel:.7 spend_name:2 person:-2 order_ref:-2 stage:-2 event:-2 email:-2",
        "time",
        "spend",
    ),
    _kind(
        "costs",
        "cost:6 expense:6 expenditure:5 ledger:3",
        "cost:1 category:1 vendor:1 clicks:-2 order_ref:-1 person:-1",
        "time",
        "cost|total",
    ),
    _kind(
        "opportunities",
        "opportunity:7 deal:6 pipeline:3",
        "stage:3 probability:2 closes:1.5 won:2 closed:1.5 total:.7 account_ref:.5 history:-6 due:-1 email:-1",
        "stage|won",
    ),
    _kind(
        "opportunity history",
        "opportunity_history:9 opportunity_field:7 stage_history:6 deal_history:7",
        "stage:1 history:2 opportunity_ref:2",
        "opportunity ref|history",
    ),
    _kind(
        "leads",
        "lead:7 prospect:5",
        "converted:2.5 lead_source:1.5 email:.5 status:.5 event:-2 due:-1 total:-1",
        "time",
    ),
    _kind(
        "campaigns",
        "campaign:6",
        "budget:1.5 started:.5 person:-1 clicks:-4 time_series:-3",
        "key",
    ),
    _kind(
        "events",
        "event:6 track:4.5 activity:3 action:2.5 click:2 interaction:3 telemetry:3 analytics:2 usage:2",
        "event:3 person:1.5 inside:2 session:1 path:.7 uuid:.5 total:-1.5 due:-3 http:-2 quantity:-1 clicks:-4 "
        "resolved:-2 priority:-2 email:-.5",
        "time",
        "event",
    ),
    _kind(
        "sessions",
        "session:6 visit:6",
        "duration:1 landing:1 person:1 pages:1 bounce:1 source:.5 event:-3 total:-2 own_session:1.5 figures:-8",
        "time",
        "person|own session",
    ),
    _kind(
        "page views",
        "pageview:6 page_view:7 hit:3 view:3",
        "path:2 referrer:1.5 person:1 session:1 http:-3 event:-3 total:-2",
        "time",
        "path",
    ),
    _kind(
        "incidents",
        "incident:7 outage:7 alert:3",
        "severity:3 resolved:1 service:1 person:-1 email:-2",
        "time",
    ),
    _kind(
        "checks",
        "check:6 probe:6 uptime:5 ping:4 heartbeat:4 monitor:3",
        "up:4 service:1 duration:1 person:-2",
        "time",
        "up",
    ),
    _kind(
        "deployments",
        "deployment:7 deploy:7 release:5",
        "service:1 sha:2 version:1 person:-1 total:-3",
        "time",
    ),
    _kind(
        "reviews",
        "review:6 survey:5 feedback:5 nps:7 rating:5 csat:6",
        "score:2.5 person:.5 product:.5 total:-3 resolved:-3 first_name:-3 email:-1 wait:-4 abandoned:-4",
        "time",
        "score",
    ),
    _kind(
        "shipments",
        "shipping:5 shipment:6 delivery:6 parcel:6 fulfillment:5",
        "delivered:2 order_ref:1.5 carrier:2 total:-.5",
        "time",
    ),
    _kind(
        "products",
        "product:6 item:3 catalog:5 sku:4 variant:4 plan:4 price:3 article:5",
        "price:1.5 category:1 cost:.5 key:1 own_product:1 order_ref:-3 person:-2 quantity:-.5 email:-3 time_series:-2",
        "key",
    ),
)
_BY_NAME = {one.name: one for one in KINDS}
# Features that a word in a column's name is enough for.
_SAID: dict[str, tuple[set[str], ...]] = {
    "card": ({"card"}, {"gateway"}),
    "reason": ({"reason"},),
    "first name": ({"first", "name"}, {"last", "name"}, {"full", "name"}),
    "phone": ({"phone"},),
    "country": ({"country"},),
    "subject": ({"subject"}, {"title"}),
    "campaign": ({"campaign"},),
    "agent": ({"agent"}, {"assignee"}, {"assigned"}),
    "browser": ({"agent", "user"}, {"browser"}),
    "service": ({"service"},),
    "channel": ({"channel"}, {"medium"}),
    "category": ({"category"},),
    "vendor": ({"vendor"}, {"supplier"}),
    "converted": ({"converted"},),
    "won": ({"won"},),
    "closed": ({"closed", "is"},),
    "lead source": ({"lead", "source"},),
    "budget": ({"budget"},),
    "uuid": ({"uuid"}, {"id", "insert"}),
    "landing": ({"landing"},),
    "pages": ({"page", "view"}, {"pages"}),
    "bounce": ({"bounce"}, {"bounced"}),
    "referrer": ({"referrer"},),
    "severity": ({"severity"},),
    "sha": ({"sha"}, {"commit"}),
    "estimate": ({"estimate"}, {"estimated"}),
    "version": ({"version"},),
    "carrier": ({"carrier"}, {"tracking"}),
    "product": ({"product"}, {"sku"}, {"item", "name"}),
    "method of payment": ({"method", "payment"}, {"payment", "type"}),
    "intent": ({"intent", "payment"},),
    "order": ({"order"},),
    "spend name": ({"spend"}, {"cost"}),
    "status": ({"status"}, {"state"}),
    "wait": ({"wait"}, {"waiting"}, {"queue", "time"}, {"hold", "time"}),
    "abandoned": ({"abandoned"},),
    "talk": ({"talk"},),
}
_PURPOSES = (
    "trial end",
    *texts(
        "total tax discount shipping refund fee cost price recurring quantity currency impressions clicks score "
        "probability duration http path method event session email plan interval priority stage source ended "
        "started paid due resolved answered closes converted delivered spend "
    ),
)
_REFS = (
    "order",
    "payment",
    "invoice",
    "subscription",
    "account",
    "opportunity",
    "product",
    "session",
    "purchase",
    "charge",
    "board",
    "project",
)


# What stands behind a table's name and says nothing of what it is: a year, a version.
_EDITION = re.compile(r"v?\d+|final|new|old|copy|export|data|table|list|current|latest")
# What people have at a time of day: its end is planned, and what is called off ends nothing that ran.
_APPOINTED = frozenset(texts("appointment booking reservation visit meeting shift stay lesson class consultation"))
_STAFF = frozenset(texts("staff employee agent operator admin teammate"))


def features(table: Table) -> frozenset[str]:
    """What can be said of a table's columns, in the words that kinds are recognised by."""
    found = {purpose for purpose in _PURPOSES if pick(table, purpose)}
    said = [set(one.words) for one in table.columns]
    found |= {name for name, ways in _SAID.items() if any(way <= words for way in ways for words in said)}
    found |= _by_columns(table)
    found |= {"recurring movement"} if moves_of(table) is not None else set()
    moved = movements_of(table)
    found |= {"movement"} if moved is not None and moved.signed else set()
    if "history" in table.words or "log" in table.words or "audit" in table.words:
        found.add("history")
    found |= {"lines"} if {"line", "item"} & set(table.words) else set()
    found |= {"refund name"} if "refund" in table.words else set()
    found |= {"appointed"} if _APPOINTED & set(table.words[-1:]) else set()
    found |= {"staff"} if _STAFF & set(table.words) else set()
    found |= {"membership"} if _membership(table) else set()
    found |= {"figures"} if _figures(table) else set()
    found |= {"calls of it"} if _told_again(table) else set()
    return frozenset(found)


def _membership(table: Table) -> bool:
    """Whether rows only say who belongs to what: they point to two kinds of people, and hold nobody's own name."""
    heads = {referring(one).split()[-1] for one in table.columns if referring(one) and table.key != (one.name,)}
    return len(heads & {*PERSONS, "team", "group"}) > 1 and not pick(table, "email")


def _figures(table: Table) -> bool:
    """Whether rows say how many there were of several things, rather than being one of them."""
    own = table.column(table.key[0]) if len(table.key) == 1 else None
    return sum(map(is_count, table.columns)) > 1 and (own is None or own.timed)


def _told_again(table: Table) -> bool:
    """Whether rows name people by an id of theirs, the same ones several times: what was said of them, not they."""
    who, email = person(table), pick(table, "email")
    of_each = bool(email and table.key and email.distinct >= 0.8 * email.filled)
    if (who is not None and "unique" in who.words) or of_each:
        # An id by which the same people are known again; or people themselves, who belong to a firm of several.
        return False
    return bool(who and referring(who) and table.key != (who.name,) and who.distinct < 0.8 * who.filled)


def _by_columns(table: Table) -> set[str]:
    found = {"time"} if any(one.timed for one in table.columns) else set()
    found |= {"person"} if person(table) else set()
    found |= {"key"} if table.key else set()
    found |= {"inside"} if any(one.inside for one in table.columns) else set()
    found |= {"own money"} if any(map(is_money, table.columns)) else set()
    found |= {"standing revenue"} if _stands(table) else set()
    for one in table.columns:
        head = referring(one).split()[-1:] or [""]
        what = {"purchase": "order", "charge": "payment", "transaction": "payment"}.get(head[0], head[0])
        if what in _REFS:
            found.add(f"own {what}" if table.key == (one.name,) else f"{what} ref")
        if (is_flag(one) and UP & set(one.words)) or says_up(one):
            found.add("up")
        if one.timed and table.key and one.name in table.key:
            found.add("time series")
    return found


def _stands(table: Table) -> bool:
    """Whether rows say what each customer pays on a day: several ids and a time make the key, and an amount is due."""
    timed = any(one.timed for one in table.columns if one.name in table.key)
    due = any(one.numeric and {"mrr", "arr", "recurring"} & set(one.words) for one in table.columns)
    return len(table.key) > 1 and timed and due


def recognised(table: Table) -> Recognised:
    """The kind that most speaks for; `other` where nothing speaks clearly."""
    known = features(table)
    if table.kind:
        return Recognised(table.kind, 10.0, ("the shape of its rows",))
    ranked = sorted(((_score(one, table, known), one.name) for one in KINDS if _possible(one, known)), reverse=True)
    (best, name), (_, rival) = [*ranked, (0.0, ""), (0.0, "")][:2]
    if best < LEAST:
        return Recognised("other", best, tuple(sorted(known)), name)
    speaking = tuple(one for one in sorted(known) if _BY_NAME[name].features.get(one, 0) > 0)
    return Recognised(name, best, speaking, rival)


def _possible(kind: Kind, known: frozenset[str]) -> bool:
    return all(any(one in known for one in need) for need in kind.needs)


def _score(kind: Kind, table: Table, known: frozenset[str]) -> float:
    return _by_name(kind, table.words) + sum(weight for name, weight in kind.features.items() if name in known)


def _by_name(kind: Kind, said: tuple[str, ...]) -> float:
    """What a table's name says: its last word counts in full, the words before it by half."""
    weight = 0.0
    while len(said) > 1 and _EDITION.fullmatch(said[-1]):
        said = said[:-1]
    for name, worth in kind.names.items():
        parts = tuple(name.split())
        for at in range(len(said) - len(parts) + 1):
            if said[at : at + len(parts)] == parts:
                weight = max(weight, worth if at + len(parts) == len(said) or len(parts) > 1 else worth / 2)
    return weight
