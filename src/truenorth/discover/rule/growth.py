"""Marketing and sales: what was spent, what it brought, and what is being sold."""

from __future__ import annotations

from msgspec import Struct

from truenorth.discover.book import Book
from truenorth.discover.counting import among, both, flag, status_of, there
from truenorth.discover.facts import Column, named
from truenorth.discover.pick import is_flag
from truenorth.discover.subject import Subject
from truenorth.discover.world import Variant, World, also, variants

ZERO: dict[str, object] = {"fill_nulls_with": 0}
_WON, _LOST = ("won", "gewonnen", "ganad"), ("lost", "verloren", "perdid", "disqualif")


def spend(world: World, subject: Subject) -> None:
    """What marketing cost, and what came of it."""
    book, where = Book(world, subject, "customer"), both(there(subject.table))
    amount, cost = subject.find("spend"), ""
    for variant in variants(subject):
        held, name = also(where, variant.condition), f"marketing_spend{variant.suffix}"
        label, keys = f"Marketing spend{variant.label}", {"domain": "financial", "direction": "none"}
        cost = book.money(name, label, amount, held, 8, **keys) or cost
    for purpose in ("impressions", "clicks", "conversions", "leads"):
        field = subject.find(purpose)
        named_so: dict[str, object] = ZERO | {"filter": where, "unit": purpose}
        book.rows("sum", f"ad_{purpose}", f"Ad {purpose}", field, named_so, 3)
    clicks, shown = (one if one in world.taken else "" for one in ("ad_clicks", "ad_impressions"))
    book.ratio("click_through_rate", "Click-through rate", (clicks, shown), 5, unit="percent")
    if subject.money.mixed or not cost:
        return
    done = "ad_conversions" if "ad_conversions" in world.taken else ""
    down = {"domain": "financial", "unit": "currency", "direction": "down"}
    book.ratio("cost_per_click", "Cost per click", (cost, clicks), 5, **down)
    book.ratio("cost_per_conversion", "Cost per conversion", (cost, done), 5, **down)
    asked = "ad_leads" if "ad_leads" in world.taken else ""
    book.ratio("cost_per_lead", "Cost per lead", (cost, asked), 5, **down)
    if (spent := subject.column("spend")) is not None and spent.filled < 0.95 * subject.table.rows:
        without = subject.table.rows - spent.filled
        subject.notes.append(f"{without:,} rows hold no {spent.written}: their clicks and leads count all the same")
    if "new_customers" in world.taken:
        book.standard("cost_per_acquisition", {"spending": cost, "customers": "new_customers"}, 8)
    if "revenue" in world.taken:
        keys = {"unit": "ratio", "domain": "financial"}
        book.ratio("return_on_ad_spend", "Revenue for each unit of spend", ("revenue", cost), 5, **keys)


def campaigns(world: World, subject: Subject) -> None:
    """How many campaigns there were and what they cost, where nothing tells that by the day."""
    book, where = Book(world, subject, "customer"), both(there(subject.table))
    if not subject.time:
        return
    text = "Campaigns by the time they started."
    book.count("campaign_count", "Campaigns", where, 3, unit="campaigns", direction="none", description=text)
    amount = subject.find("spend")
    if not amount or "marketing_spend" in world.taken:
        return
    for variant in variants(subject):
        text = f"{amount.replace('_', ' ')} of campaigns, all of it by the time they started."
        keys = {"domain": "financial", "direction": "none", "description": text[:1].upper() + text[1:]}
        name, held = f"marketing_spend{variant.suffix}", also(where, variant.condition)
        book.money(name, f"Marketing spend{variant.label}", amount, held, 6, **keys)


def costs(world: World, subject: Subject) -> None:
    """What things cost."""
    book, where = Book(world, subject, "financial"), both(there(subject.table))
    amount = subject.find("cost") or subject.find("total")
    for variant in variants(subject):
        held, name = also(where, variant.condition), world.free(f"costs{variant.suffix}", subject)
        book.money(name, f"Costs{variant.label}", amount, held, 7, direction="down")
    if {"costs", "revenue"} <= world.taken:
        book.standard("profit_margin", {"revenue": "revenue", "costs": "costs"}, 8)


class Ends(Struct, frozen=True):
    """How an opportunity ends: the conditions of won, lost and closed, the others that hold, and the time of it."""

    won: str
    lost: str
    closed: str
    base: str
    time: str = ""


def opportunities(world: World, subject: Subject) -> None:
    """What is being sold, what was won and lost."""
    book, ends = Book(world, subject, "financial"), _ends(subject)
    unit = {"unit": "opportunities"}
    book.count("opportunities_created", "New opportunities", ends.base, 7, **unit)
    if not ends.won:
        subject.unsure.append("which opportunities were won")
        return
    keys = unit | {"time": ends.time}
    won = book.count("won_opportunities", "Opportunities won", also(ends.won, ends.base), 6, **keys)
    over = book.count("closed_opportunities", "Opportunities closed", also(ends.closed, ends.base), 1, **keys)
    if ends.lost:
        lost = also(ends.lost, ends.base)
        book.count("lost_opportunities", "Opportunities lost", lost, 2, **keys, direction="down")
    book.ratio(
        "win_rate", "Win rate", (won, over), 9, unit="percent", description="Opportunities won, of those closed."
    )
    amount = subject.column("total") or subject.column("recurring")
    for variant in variants(subject) if amount is not None else ():
        _sold(book, subject.called(amount) if amount else "", ends, variant)
    if ends.time and subject.time:
        expr = f"date_diff('day', {named(subject.time)}, {ends.time})"
        days = subject.computed("days_to_close", expr, unit="days")
        keys = {"filter": also(ends.won, ends.base), "time": ends.time, "unit": "days", "direction": "down"}
        book.rows("median", "sales_cycle", "Days from opportunity to deal", days, keys, 5)


def _sold(book: Book, amount: str, ends: Ends, variant: Variant) -> None:
    label, suffix = variant.label, variant.suffix
    base = also(ends.base, variant.condition)
    won, open_ = also(ends.won, base), also(f"not ({ends.closed})", base)
    keys = {"time": ends.time}
    book.money(f"won_revenue{suffix}", f"Won revenue{label}", amount, won, 10, **keys)
    if ends.lost:
        lost, down = also(ends.lost, base), {"direction": "down"}
        book.money(f"lost_revenue{suffix}", f"Amount lost{label}", amount, lost, 2, **keys, **down)
    book.money(f"pipeline_created{suffix}", f"Pipeline created{label}", amount, base, 6)
    text = "Opportunities that are still open, by the time they were created."
    book.money(f"open_pipeline{suffix}", f"Open pipeline{label}", amount, open_, 6, description=text)
    if not suffix:
        _average(book, amount, ends, base)


def _average(book: Book, amount: str, ends: Ends, base: str) -> None:
    """How large a deal is that was won; one that says no amount is none of nothing."""
    column = book.subject.column("total") or book.subject.column("recurring")
    partly = column is not None and column.filled < book.subject.table.rows
    where = also(base, f"{amount} is not null") if partly else base
    text = f"Won revenue ÷ deals won{', of those that say an amount' if partly else ''}."
    slots = {"amount": amount, "won": ends.won, "where": where, "time": ends.time}
    book.standard("average_deal_size", slots, 5, text)


def _ends(subject: Subject) -> Ends:
    """The conditions of won, lost and closed, and the time at which those that are closed were."""
    table, base = subject.table, both(there(subject.table))
    won = next((one for one in table.columns if is_flag(one) and "won" in one.words), None)
    closed = next((one for one in table.columns if is_flag(one) and _says_closed(one)), None)
    if won is not None and closed is not None:
        over = flag(table, closed, True)
        known = (flag(table, won, True), f"{over} and {flag(table, won, False)}", over)
    else:
        known = _by_stage(_stages(subject))
    closes = subject.column("closes")
    if not known[0] or closes is None:
        return Ends(*known, base)
    # A day on which something is expected to close is no day on which it did.
    time = subject.computed("closed_on", f"case when {known[2]} then {subject.called(closes)} end")
    subject.notes.append(f"won is {known[0]}; closed is {known[2]}, on {closes.written}")
    return Ends(*known, base, time)


def _says_closed(column: Column) -> bool:
    """Whether a flag says that something is over, whichever way it ended."""
    return "closed" in column.words and not {"won", "lost"} & set(column.words)


def _by_stage(stage: Column | None) -> tuple[str, str, str]:
    if stage is None:
        return "", "", ""
    won = [value for value in stage.values if any(word in value.lower() for word in _WON)]
    lost = [value for value in stage.values if any(word in value.lower() for word in _LOST)]
    if not won:
        return "", "", ""
    return among(stage, won), among(stage, lost) if lost else "", among(stage, [*won, *lost])


def _stages(subject: Subject) -> Column | None:
    column = subject.column("stage")
    if column is not None and column.values:
        return column
    status = status_of(subject.table)
    return status.column if status is not None else None


def leads(world: World, subject: Subject) -> None:
    """Who showed interest, and how many of them became more."""
    book, base = Book(world, subject, "customer"), both(there(subject.table))
    new = book.standard("leads_created", {"where": base}, 8) or book.count(
        "leads_created", "New leads", base, 8, unit="leads"
    )
    converted = next((one for one in subject.table.columns if is_flag(one) and "converted" in one.words), None)
    condition = flag(subject.table, converted, True) if converted is not None else ""
    status = status_of(subject.table)
    if not condition and status is not None:
        good = [value for value in status.column.values if "convert" in value.lower()]
        condition = among(status.column, good) if good else ""
    if condition:
        text = "Leads that converted, by the time they came."
        keys = {"unit": "leads", "description": text}
        hit = book.count("converted_leads", "Leads that converted", also(condition, base), 5, **keys)
        book.ratio("lead_conversion_rate", "Lead conversion rate", (hit, new), 7, unit="percent")
