"""Subscriptions: how many began and ended, how many run, and what they bring a month."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import structs

from truenorth.discover.book import Book
from truenorth.discover.counting import Condition, among, both, said, status_of, status_words, there
from truenorth.discover.facts import Column, plain_sql
from truenorth.discover.maker import made_so, program
from truenorth.discover.pick import is_money, person, pick
from truenorth.discover.piece import of_all, products
from truenorth.discover.rule.balance import converted_to, recurring_balance
from truenorth.discover.rule.churn import churned
from truenorth.discover.rule.first import laid_open
from truenorth.discover.subject import Subject
from truenorth.discover.term import counted, term_of
from truenorth.discover.world import Variant, World, also, variants

# An amount of a term times the first over the second is one of a month, as the policy of annualisation has it.
_MONTHS = {
    "year": (1, 12),
    "half_year": (1, 6),
    "quarter": (1, 3),
    "month": (1, 1),
    "week": (487, 112),
    "day": (487, 16),
}


def subscriptions(world: World, subject: Subject) -> None:
    """The metrics of a table with a row for each subscription."""
    book, conditions = Book(world, subject, "customer"), _real(subject)
    where = both(conditions)
    where = subject.computed("is_real", where) if len(where) > 60 else where
    start = subject.find("started") or subject.time
    start = "" if start == subject.time else start
    text = f"Subscriptions by their start{said(conditions)}."
    keys = {"time": start, "description": text, "unit": "subscriptions"}
    new = book.standard("new_subscriptions", {"where": where, "time": start}, 9, text)
    new = new or book.count("new_subscriptions", "New subscriptions", where, 9, **keys)
    ended, when = _ended(world, subject)
    gone = _gone(book, where, (ended, when)) if ended else ""
    began = book.running("subscriptions_begun", "Subscriptions begun so far", new, unit="subscriptions")
    over = book.running("subscriptions_over", "Subscriptions ended so far", gone, unit="subscriptions")
    if not ended:
        subject.unsure.append("when subscriptions ended: nothing says how many run")
    text, parts = "Begun so far less ended so far, at a period's end.", (began, over)
    keys = {"unit": "subscriptions", "description": text}
    book.formula("active_subscriptions", "Active subscriptions", f"{began} - coalesce({over}, 0)", parts, 9, **keys)
    net = f"coalesce({new}, 0) - coalesce({gone}, 0)"
    book.formula("net_new_subscriptions", "Net new subscriptions", net, (new, gone), 4, unit="subscriptions")
    begun, left = (
        subject.table.column(subject.time) if not start else subject.column("started"),
        made_so(subject.table, "ended_on") or subject.column("ended"),
    )
    if ended and begun is not None and left is not None:
        churned(world, subject, (begun, left), conditions)
    amount = monthly(world, subject)
    paying = both(_paying(subject, conditions)) if amount else ""
    target = converted_to(world, subject, begun, paying) if amount and begun is not None else ""
    for variant in variants(subject) if amount else ():
        _mrr(book, amount, (start, ended, when), also(paying, variant.condition), structs.replace(variant, into=target))
    who = person(subject.table)
    if target and ended and who is not None:
        recurring_balance(book, amount, subject.called(who), (start, ended), paying, Variant(into=target))
        text = f"recurring revenue in {', '.join(subject.money.codes)} is one balance in {target}, at the rate of"
        subject.notes.append(f"{text} the day on which a subscription began, by exchange rates")


def _real(subject: Subject) -> list[Condition]:
    """The conditions of a subscription that ever began."""
    conditions, status = there(subject.table), status_of(subject.table)
    never = [one for one in status.of("bad", "test") if _never(one)] if status is not None else []
    if status is not None and never:
        kept = [value for value in status.column.values if value not in never]
        conditions.append(Condition(among(status.column, kept), f"not {' or '.join(never)}", (status.column.name,)))
    return conditions


def _never(value: str) -> bool:
    """Whether a status says that a subscription never was one, rather than that it is over."""
    if "incomplete" in value.lower():
        return True
    return not any(word in value.lower() for word in ("cancel", "storn", "expire", "lost", "gekue", "gekü", "annul"))


def _ended(world: World, subject: Subject) -> tuple[str, str]:
    """The field that says that a subscription is over, and the one that places its end in time.

    An end after all that the data knows is a plan: it must not make the data look as if it went on until then. How far
    the data goes is asked of the data, so that a plan becomes an end when a later export has come as far.
    """
    column = made_so(subject.table, "ended_on") or subject.column("ended")
    if column is None or column.name == subject.time:
        return "", ""
    ended = subject.called(column)
    if world.ends is None or column.last is None or column.last < world.ends + timedelta(days=1):
        return ended, ended
    known = _known_until(world, subject)
    subject.notes.append(f"{column.written} after the last day of the data is a plan and of no period yet")
    expr = f"case when cast({ended} as date) <= {known} then {ended} end"
    return ended, subject.computed("ended_so_far", expr)


def _known_until(world: World, subject: Subject) -> str:
    """A column of how far the data goes: the last day of these rows or of those that went on the longest."""
    last = max(world.subjects, key=lambda one: _last(one) or datetime.min)
    days = [_last_day(one) for one in {subject.name: subject, last.name: last}.values() if _last(one)]
    name, table = "known_until", subject.table
    while table.column(name):
        name += "_counted"
    until = f"greatest({', '.join(days)})" if len(days) > 1 else days[0]
    query = f"select *, {until} as {name} from {laid_open(subject, [])}"
    subject.table = structs.replace(table, source="", query=query)
    return name


def _last(subject: Subject) -> datetime | None:
    column = subject.table.column(subject.time)
    return column.last if column is not None and subject.quoted is None else None


def _last_day(subject: Subject) -> str:
    column = subject.table.column(subject.time)
    assert column is not None
    return f"(select cast(max({plain_sql(column)}) as date) from {laid_open(subject, [])})"


def _gone(book: Book, where: str, times: tuple[str, str]) -> str:
    ended, when = times
    over, text = also(where, f"{ended} is not null"), "Subscriptions by the time they ended."
    made = book.standard("cancelled_subscriptions", {"where": where, "time": ended}, 7, text) if when == ended else ""
    keys = {"time": when, "description": text, "unit": "subscriptions", "direction": "down"}
    return made or book.count("cancelled_subscriptions", "Cancelled subscriptions", over, 7, **keys)


def _paying(subject: Subject, conditions: list[Condition]) -> list[Condition]:
    """The conditions without trials, which bring nothing yet."""
    status = status_of(subject.table)
    trials = status.of("trial") if status is not None else ()
    if status is None or not trials:
        return conditions
    subject.notes.append(f"{status_words(status.column, trials)} is left out of recurring revenue until it pays")
    out = {*trials, *(one for one in status.of("bad", "test") if _never(one))}
    kept = among(status.column, [value for value in status.column.values if value not in out])
    others = [one for one in conditions if status.column.name not in one.columns]
    return [*others, Condition(kept, "no trials", (status.column.name,))]


def _mrr(book: Book, amount: str, times: tuple[str, str, str], where: str, variant: Variant) -> None:
    """Monthly recurring revenue: what began so far less what ended so far, brought to a month."""
    (start, ended, when), label, suffix = times, variant.label, variant.suffix
    text = "Monthly worth of the subscriptions that began."
    keys = {"domain": "financial", "fill_nulls_with": 0}
    new = book.money(f"new_mrr{suffix}", f"New recurring revenue{label}", amount, where, 5,
                     **keys, time=start, description=text)  # fmt: skip
    if not ended:
        return
    text, over = "Monthly worth of the subscriptions that ended.", also(where, f"{ended} is not null")
    gone = book.money(f"churned_mrr{suffix}", f"Churned recurring revenue{label}", amount, over, 5,
                      **keys, time=when, description=text, direction="down")  # fmt: skip
    who = person(book.subject.table)
    if who is not None:
        if not variant.into:
            recurring_balance(book, amount, book.subject.called(who), (start, ended), where, variant)
        return
    began = book.running(f"mrr_begun{suffix}", f"Recurring revenue begun so far{label}", new, unit="currency")
    done = book.running(f"mrr_over{suffix}", f"Recurring revenue ended so far{label}", gone, unit="currency")
    text = "Monthly worth of all subscriptions that run at a period's end."
    mrr = book.formula(f"mrr{suffix}", f"Monthly recurring revenue{label}", f"{began} - coalesce({done}, 0)",
                       (began, done), 10, domain="financial", unit="currency", description=text)  # fmt: skip
    if not suffix:
        parts = (mrr, "active_subscriptions" if "active_subscriptions" in book.world.taken else "")
        name, title = "mrr_per_subscription", "Recurring revenue per subscription"
        book.ratio(name, title, parts, 4, domain="financial", unit="currency")


def monthly(world: World, subject: Subject) -> str:
    """The field with what a subscription brings in a month, or ""."""
    column = _worth(world, subject)
    if column is None:
        return ""
    alone, said = subject.called(column), set(column.words)
    amount, quantity = alone, made_so(subject.table, "quantity") or subject.column("quantity")
    grows = of_all(world, subject, column, quantity, products(subject)) if quantity is not None else None
    by_name = bool({"price", "unit", "plan"} & said)
    if quantity is not None and (by_name if grows is None else not grows):
        amount = f"{alone} * {subject.called(quantity)}"
        subject.notes.append(f"{column.written} times {quantity.written} is what a subscription costs")
    if {"arr", "annual"} & said:
        return subject.amount("monthly_amount", f"exact_div({amount}, 12)")
    interval = made_so(subject.table, "interval") or subject.column("interval") or _told_by_words(subject)
    if maker := program(subject.table):
        subject.notes.append(f"read as {maker} writes them, by their columns")
    count = counted(subject.table)
    many = subject.called(count) if count is not None and interval is not None and count.name != interval.name else ""
    cases = []
    if interval is not None and interval.values and not {"mrr", "monthly"} & said:
        cases = [one for value in interval.values if (one := _case(value, among(interval, [value]), amount, many))]
    elif not {"mrr", "monthly"} & said:
        subject.unsure.append(f"how often {column.written} is due: taken as once a month")
    if not cases:
        return alone if amount == alone else subject.amount("monthly_amount", amount)
    return subject.amount("monthly_amount", f"case {' '.join(cases)} else exact_div({amount}, 1) end")


def _told_by_words(subject: Subject) -> Column | None:
    """The column whose every word is a term, or that of plans whose names say how often they are due, as pro-yearly
    does."""
    told = [one for one in subject.table.columns if one.values]
    if terms := [one for one in told if all(term_of(value) for value in one.values)]:
        return terms[0]
    plans = [one for one in told if {"plan", "price", "product"} & set(one.words)]
    return next((one for one in plans if any(_case(value, "", "") for value in one.values)), None)


def _case(value: str, condition: str, amount: str, count: str = "") -> str:
    """What an amount due every so many years, quarters or weeks is worth in a month; "" for one of every month."""
    interval, number = term_of(value) or ("", 1)
    many, months = _MONTHS.get(interval, (1, 12))
    by = f"{months} * {count}".removeprefix("1 * ") if count else str(months * number)
    times = f"{amount} * {many}" if many > 1 else amount
    return f"when {condition} then exact_div({times}, {by})" if interval and by != "1" else ""


def _worth(world: World, subject: Subject) -> Column | None:
    """The column of what a subscription costs; not the one of what it brings now, which is nothing once it is over."""
    found, ended = made_so(subject.table, "amount") or subject.column("recurring"), subject.column("ended")
    if found is None or ended is None or not {"mrr", "arr"} & set(found.words):
        return found
    other = pick(subject.table, "recurring", [found.name])
    over = f"{plain_sql(ended)} is not null"
    if other is None or not is_money(other) or not world.count(subject, over):
        return found
    return found if world.count(subject, f"{over} and {plain_sql(found)} <> 0") else other
