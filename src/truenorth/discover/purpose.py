"""What a column is for: purposes as a table of words that speak for and against, weighed against each other."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from truenorth.discover.facts import NUMBERS, TIMES, Column

REFERS = frozenset({"id", "key", "number", "code", "uuid", "ref", "reference", "sku", "email"})
NO_MONEY = frozenset(
    [
        "id",
        "number",
        "count",
        "quantity",
        "percent",
        "rate",
        "ratio",
        "score",
        "days",
        "hours",
        "minutes",
        "seconds",
        "milliseconds",
        "year",
        "month",
        "week",
        "age",
        "probability",
        "rank",
        "position",
        "latitude",
        "longitude",
        "size",
        "width",
        "version",
        "sequence",
        "points",
        "impressions",
        "impression",
        "click",
        "duration",
        "index",
        "pages",
        "page",
        "step",
        "zip",
        "phone",
        "weight",
    ]
)
_OUTSIDE = frozenset(
    [
        "tax",
        "discount",
        "shipping",
        "refund",
        "fee",
        "tip",
        "unit",
        "cost",
        "balance",
        "due",
        "remaining",
        "count",
        "quantity",
        "rate",
        "percent",
        "opening",
        "budget",
        "expected",
        "target",
        "limit",
        "credit",
        "max",
        "min",
        "average",
        "avg",
        "estimated",
        "list",
    ]
)


class Purpose(Struct, frozen=True):
    """Words that speak for a purpose with their weight, words against it, and the types it may have."""

    types: tuple[str, ...]
    words: Mapping[str, float]
    against: frozenset[str] = frozenset()
    least: float = 2.0

    def weight(self, column: Column) -> float:
        """How much speaks for a column; 0 or less is nothing."""
        if column.type not in self.types or not column.filled:
            return 0.0
        said = column.words
        if not any(word in self.words for word in said):
            return 0.0
        found = sum(self.words.get(word, -0.3) for word in dict.fromkeys(said))
        found -= 4 * len(self.against & set(said))
        return found - (0.5 if column.inside else 0.0)


def _words(text: str) -> dict[str, float]:
    """`paid:5 settled:4` as a mapping."""
    return {word: float(weight) for word, _, weight in (one.partition(":") for one in text.split())}


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LATER = _set(
    "updated deleted cancelled closed ended paid due expires expired birth last refund shipping shipped delivered "
    "delivery resolved solved sync synced loaded trial period next response reply login seen churned end "
    "close closes fulfilled fulfillment verified confirmed renewal first completed converted modified "
    "processed exported archived suspended deactivated disabled removed recent"
)
TEXTS = ("text",)
IDS = ("text", "integer")

PURPOSES: dict[str, Purpose] = {
    "happened": Purpose(
        TIMES,
        _words(
            "created:4 time:2 timestamp:2.5 date:2 at:1 on:0.5 occurred:5 placed:5 order:3 purchase:4 event:3 "
            "opened:4 issued:4 invoice:2 registered:4 signup:4 signed:3 joined:4 sale:3 day:3 month:2 submitted:4 "
            "received:2 charge:2 payment:2 transaction:2 request:2 logged:3 requested:3 reported:3 visited:3 local:-1 "
            "utc:0.3 original:0.2 sent:1 client:-1 server:-1 uploaded:-2 effective:1 booking:2 deployed:4 checked:4 "
            "added:4 inserted:1 started:3 start:3"
        ),
        _LATER,
        1.0,
    ),
    "ended": Purpose(
        TIMES,
        _words("ended:6 cancelled:5 churned:5 terminated:5 end:4 at:0 date:0 on:0 utc:0 closed:2"),
        _set("period trial current if scheduled created due"),
        3.0,
    ),
    "started": Purpose(
        TIMES,
        _words("started:5 start:5 activated:4 began:5 at:0 date:0 on:0 utc:0"),
        _set("trial period current updated ended"),
        3.0,
    ),
    "cancelled": Purpose(TIMES, _words("cancelled:5 voided:5 at:0 date:0 on:0 utc:0"), _set("scheduled reason"), 3.0),
    "paid": Purpose(
        TIMES, _words("paid:5 settled:4 payment:3 succeeded:4 at:0 date:0 on:0 utc:0"), _set("due created first"), 3.0
    ),
    "due": Purpose(TIMES, _words("due:5 at:0 date:0 on:0 utc:0"), frozenset(), 3.0),
    "refunded": Purpose(TIMES, _words("refund:5 at:0 date:0 on:0 utc:0"), frozenset(), 3.0),
    "deleted": Purpose(
        TIMES, _words("deleted:5 removed:4 deletion:5 erased:4 at:0 date:0 on:0 utc:0"), frozenset(), 3.0
    ),
    "resolved": Purpose(
        TIMES,
        _words("resolved:5 solved:5.2 closed:4 completed:3 finished:3 at:0 date:0 on:0 utc:0"),
        _set("due first created"),
        3.0,
    ),
    "answered": Purpose(
        TIMES,
        _words("first:2 response:3 reply:3 replied:3 responded:3 answered:3 at:0 date:0 on:0"),
        _set("last due"),
        4.0,
    ),
    "closes": Purpose(TIMES, _words("close:5 closed:4 closing:4 date:0 at:0 on:0"), _set("created"), 3.0),
    "converted": Purpose(TIMES, _words("converted:5 conversion:4 date:0 at:0 on:0"), frozenset(), 3.0),
    "delivered": Purpose(TIMES, _words("delivered:5 at:0 date:0 on:0"), _set("expected estimated"), 3.0),
    "trial end": Purpose(
        TIMES, _words("trial:3 end:2 ended:2 ends:2 at:0 date:0 on:0 utc:0"), _set("started start"), 4.0
    ),
    "total": Purpose(
        NUMBERS,
        _words(
            "total:5 amount:4 grand:2 gross:2 revenue:4.5 value:3 price:2 paid:2 sum:3 net:1 sale:1 subtotal:3 "
            "charge:1 payment:1 invoice:1 order:1 cents:0 usd:0 eur:0 gbp:0 in:0 incl:0 proceeds:3 captured:1 "
            "purchase:1 minor:0 turnover:4 deal:2 donation:1 billed:1 fare:4"
        ),
        _OUTSIDE,
    ),
    "subtotal": Purpose(
        NUMBERS, _words("subtotal:5 sub:0 net:4 amount:1 total:1 excl:2 before:1 cents:0 price:0.5"), _OUTSIDE, 3.0
    ),
    "gross": Purpose(
        NUMBERS, _words("gross:5 amount:0 total:0 incl:1 revenue:0 order:0 sale:0 price:0"), _OUTSIDE, 4.0
    ),
    "leads": Purpose(NUMBERS, _words("lead:5 leads:5"), _set("rate cost id score"), 4.0),
    "tax": Purpose(
        NUMBERS, _words("tax:5 amount:0 total:0 cents:0 sale:0"), _set("rate percent exempt id discount"), 3.0
    ),
    "discount": Purpose(
        NUMBERS, _words("discount:5 amount:0 total:0 cents:0 coupon:1"), _set("rate percent code id"), 3.0
    ),
    "shipping": Purpose(
        NUMBERS,
        _words("shipping:5 delivery:3 freight:5 cost:1 fee:1 amount:0 total:0 cents:0 price:0"),
        _set("days time tax discount id method"),
        3.0,
    ),
    "refund": Purpose(NUMBERS, _words("refund:5 amount:0 total:0 returned:4 cents:0"), _set("count id"), 3.0),
    "fee": Purpose(NUMBERS, _words("fee:5 amount:0 cents:0 total:0 processing:0"), _set("id"), 3.0),
    "cost": Purpose(
        NUMBERS,
        _words("cost:5 amount:1 unit:0 total:0.5 expense:4 spend:4 value:1 cents:0"),
        _set("id per shipping click"),
        2.0,
    ),
    "spend": Purpose(
        NUMBERS,
        _words(
            "spend:6 cost:5 actual:1 budgeted:-3 planned:-3 expected:-3 amount:3 expense:4 budget:0.5 total:1 "
            "cents:0 usd:0 eur:0"
        ),
        _set("id per conversion"),
        2.0,
    ),
    "price": Purpose(
        NUMBERS, _words("price:5 unit:2 amount:1 list:0.5 cents:0 item:0.5 rate:1"), _set("id total"), 3.0
    ),
    "recurring": Purpose(
        NUMBERS,
        _words(
            "mrr:8 recurring:6 monthly:4 arr:4 annual:2 amount:3 price:3 revenue:2 fee:2 value:2 plan:1 cents:0 total:2"
        ),
        _set("id discount tax quantity seat setup trial count days"),
        2.0,
    ),
    "quantity": Purpose(
        NUMBERS,
        _words("quantity:5 unit:3 seat:2 piece:4 count:2 item:1 sold:1 total:-3"),
        _set("price cost amount id discount page"),
        2.0,
    ),
    "impressions": Purpose(NUMBERS, _words("impression:5 impressions:5 views:2"), _set("rate cost"), 3.0),
    "clicks": Purpose(NUMBERS, _words("click:5 clicks:5"), _set("rate cost id"), 3.0),
    "conversions": Purpose(NUMBERS, _words("conversion:5 conversions:5"), _set("rate cost value id"), 3.0),
    "score": Purpose(
        NUMBERS,
        _words("score:5 rating:5 satisfaction:4 nps:5 csat:5 star:5 stars:5"),
        _set("id count avg average"),
        3.0,
    ),
    "probability": Purpose(NUMBERS, _words("probability:5"), frozenset(), 3.0),
    "duration": Purpose(
        NUMBERS,
        _words(
            "duration:5 latency:5 elapsed:5 took:5 response:2 time:1.5 milliseconds:2 seconds:2 minutes:2 hours:1.5 "
            "length:2 load:2 request:1.5 processing:2 runtime:4 s:2"
        ),
        _set("id count at date size status code first content"),
        3.0,
    ),
    "http": Purpose(IDS, _words("status:3 code:2 http:3 response:1.5"), _set("country zip error"), 3.0),
    "path": Purpose(
        TEXTS,
        _words("path:4 url:4 route:4 endpoint:4 page:2.5 location:1 uri:4 request:1 pathname:4 current:0"),
        _set("referrer image avatar title landing file id permalink"),
        2.5,
    ),
    "method": Purpose(TEXTS, _words("method:4 verb:4 http:1 request:1"), _set("payment shipping id"), 3.0),
    "event": Purpose(
        TEXTS,
        _words("event:4 name:1.5 type:1 verb:3 action:4 activity:3 track:1"),
        _set("id category label user value source properties param first last data version"),
        2.5,
    ),
    "session": Purpose(IDS, _words("session:4 visit:4 id:1 ga:0 number:-3"), _set("count duration start started"), 3.0),
    "currency": Purpose(TEXTS, _words("currency:6 code:0.5 iso:0.5"), _set("rate symbol name"), 3.0),
    "email": Purpose(TEXTS, _words("email:5 mail:4 address:0"), _set("id template campaign verified type sent"), 3.0),
    "plan": Purpose(TEXTS, _words("plan:5 tier:4 product:2 package:3 name:0.5 price:0.5"), _set("id description"), 2.0),
    "interval": Purpose(
        TEXTS,
        _words("interval:5 frequency:4 cycle:4 term:2 period:2 billing:1 plan:0 recurring:0"),
        _set("id start end count"),
        2.0,
    ),
    "priority": Purpose(IDS, _words("priority:5 urgency:4 severity:4"), _set("id"), 3.0),
    "stage": Purpose(TEXTS, _words("stage:5 name:0 phase:4 pipeline:2"), _set("id last lifecycle"), 2.0),
    "source": Purpose(TEXTS, _words("source:4 channel:5 utm:1.5 medium:1 lead:1 referrer:1"), _set("id url name"), 3.0),
}
