"""Requests, incidents, checks, deployments, reviews and shipments: how well things run."""

from __future__ import annotations

import re

from truenorth.discover.book import Book
from truenorth.discover.counting import among, both, flag, status_of, there
from truenorth.discover.facts import Column, named
from truenorth.discover.lasting import elapsed
from truenorth.discover.pick import UP, WORKING, is_flag, person, says_up
from truenorth.discover.rule.usage import active
from truenorth.discover.subject import Subject, length_unit
from truenorth.discover.world import World, also

# Severities that are the worst: sev1, P0, critical; a bare number may count up or down.
_WORST = re.compile(r"(sev|s|p|prio|priority|level)[ _-]*[01]|critical|crit|blocker|highest|kritisch|severe", re.I)
_PERCENTILES = (("response_time", "", 7.0), ("response_time_p50", "0.5", 2.0), ("response_time_p99", "0.99", 3.0))


def requests(world: World, subject: Subject) -> None:
    """How many there were, how many failed, how long they took, and who asked."""
    book, where = Book(world, subject, "operational"), both(there(subject.table))
    book.standard("request_count", {"where": where}, 8) or book.count(
        "request_count", "Requests", where, 8, unit="requests", direction="none"
    )
    code, duration = subject.column("http"), subject.column("duration")
    if code is not None:
        _answered(book, code, where)
    elif failed := _failed(subject):
        _error_rate(book, failed, where, "Requests that failed, out of all.")
    if duration is not None:
        durations(book, duration, where)
    who = person(subject.table)
    if who is not None and "active_users" not in world.taken:
        active(book, subject.called(who), where, "", f"Different {who.written} with a request")
    path = subject.column("path")
    if path is not None and path.distinct > 1:
        book.people(
            "paths_asked", "Different paths asked", subject.called(path), where, 1, unit="paths", direction="none"
        )
    size = next(
        (one for one in subject.table.columns if {"byte", "bytes", "size"} & set(one.words) and one.numeric), None
    )
    if size is not None:
        keys = {"filter": where, "unit": "bytes", "direction": "none"}
        book.rows("sum", "bytes_sent", "Bytes sent", subject.called(size), keys, 1)


def _answered(book: Book, code: Column, where: str) -> None:
    """What answers' codes say: whose fault it was that something did not work."""
    name = book.subject.called(code)
    held = name if code.type == "integer" else f"try_cast({name} as integer)"
    _error_rate(book, f"{held} >= 500", where, "Requests answered with 500 and above, out of all.")
    keys = {"unit": "requests", "direction": "down"}
    text = "Requests answered with 500 and above."
    book.count("server_errors", "Server errors", also(f"{held} >= 500", where), 4, **keys, description=text)
    text, caller = "Requests answered with 400 to 499.", f"{held} between 400 and 499"
    book.count("client_errors", "Client errors", also(caller, where), 3, **keys, description=text)


def _error_rate(book: Book, failed: str, where: str, text: str) -> None:
    one = book.subject.computed("one_request", "1")
    errors = book.subject.computed("failed", f"case when {failed} then 1 else 0 end")
    book.standard("error_rate", {"requests": one, "errors": errors, "where": where}, 9, text)


def _failed(subject: Subject) -> str:
    """The condition that a request failed, where no code of an answer says so; "" where nothing does."""
    for one in subject.table.columns:
        if is_flag(one) and UP & set(one.words):
            return flag(subject.table, one, False)
        if is_flag(one) and {"error", "failed"} & set(one.words):
            return flag(subject.table, one, True)
    status = status_of(subject.table)
    bad = status.of("bad") if status is not None else ()
    return among(status.column, bad) if status is not None and bad else ""


def durations(book: Book, duration: Column, where: str) -> None:
    """How long answers take: what 95 of 100 stay below, and the middle and the slowest."""
    unit = length_unit(duration)
    if not unit:
        high = float(str(duration.high))
        unit = "seconds" if high < 120 and duration.type != "integer" else "milliseconds"
        book.subject.unsure.append(f"what {duration.written} is counted in: taken as {unit}")
    for name, share, weight in _PERCENTILES:
        slots = {"duration": book.subject.called(duration), "unit": unit, "percentile": share, "where": where}
        book.standard("response_time", slots, weight, "", book.world.free(name, book.subject))


def incidents(world: World, subject: Subject) -> None:
    """How often something broke, how bad it was, and how long it lasted."""
    book, where = Book(world, subject, "operational"), both(there(subject.table))
    broke = book.standard("incident_count", {"where": where}, 9)
    end = subject.column("resolved") or subject.column("ended")
    if end is not None and subject.time:
        length, unit = elapsed(subject, "open", end, "minutes")
        keys = {"filter": where, "unit": unit, "direction": "down"}
        text = "From the start of an incident to its end, on average, by the time it started."
        book.rows("avg", "time_to_repair", "Time to repair", length, keys | {"description": text}, 8)
        text = "From the start of an incident to its end, the one in the middle, by the time it started."
        slots = {"duration": length, "unit": unit, "where": where}
        book.standard(world.free("resolution_time", subject), slots, 5, text) if length else ""
        text = "All incidents that are over, from start to end, by the time they started."
        name, label = f"incident_{unit}", f"{unit.capitalize()} of incidents"
        book.rows("sum", name, label, length, keys | {"description": text}, 3)
    _over(book, end, broke, where)
    _severe(book, broke, where)


def _over(book: Book, end: Column | None, broke: str, where: str) -> None:
    """How many incidents are over, and how many last."""
    status, table = status_of(book.subject.table), book.subject.table
    good = status.of("good", "bad") if status is not None else ()
    if end is not None and end.filled < table.rows:
        over = f"{book.subject.called(end)} is not null"
    elif status is not None and good and len(good) < len(status.column.values):
        over = among(status.column, good)
    else:
        return
    keys = {"unit": "incidents"}
    text = "Incidents that are over by now, by the time they started."
    done = book.count("incidents_resolved", "Incidents resolved", also(over, where), 2, **keys, description=text)
    text = "Incidents that last, by the time they started."
    left = also(f"not ({over})" if " is not null" not in over else over.replace(" is not null", " is null"), where)
    book.count("incidents_still_open", "Incidents still open", left, 2, **keys, description=text, direction="down")
    text = "Of the incidents that started in a period, the share that is over by now."
    book.ratio("incident_resolution_rate", "Share of incidents resolved", (done, broke), 3, unit="percent",
               description=text)  # fmt: skip


def _severe(book: Book, broke: str, where: str) -> None:
    """How many incidents were of the kind that matters most, where values say which that is."""
    column = next((one for one in book.subject.table.columns if "severity" in one.words and one.values), None)
    worst = [value for value in column.values if _WORST.fullmatch(value.strip())] if column is not None else []
    if column is None or not worst or len(worst) == len(column.values):
        return
    text = f"Incidents with {' '.join(column.words)} {' or '.join(worst)}, by the time they started."
    held, keys = also(among(column, worst), where), {"unit": "incidents", "direction": "down"}
    hit = book.count("severe_incidents", "Severe incidents", held, 4, **keys, description=text)
    book.ratio("severe_incident_rate", "Share of severe incidents", (hit, broke), 1, unit="percent", direction="down")


def checks(world: World, subject: Subject) -> None:
    """How much of the time things worked."""
    book, where = Book(world, subject, "operational"), both(there(subject.table))
    worked = _worked(subject)
    text = "Checks, whatever they found."
    book.count("check_count", "Checks", where, 2, unit="checks", direction="none", description=text)
    if worked:
        book.standard("uptime", {"up": worked, "where": where}, 9)
        text = "Checks that did not find it up."
        keys = {"unit": "checks", "direction": "down", "description": text}
        book.count("failed_checks", "Failed checks", also(f"not ({worked})", where), 4, **keys)
    duration = subject.column("duration")
    if duration is not None:
        durations(book, duration, where)


def _worked(subject: Subject) -> str:
    """The condition that a check found things working; "" where no column says so."""
    for one in subject.table.columns:
        if is_flag(one) and UP & set(one.words):
            return flag(subject.table, one, True)
        if says_up(one):
            subject.called(one)
            return among(one, [value for value in one.values if value.lower() in WORKING])
    return ""


def deployments(world: World, subject: Subject) -> None:
    """How often was delivered, and how often that failed."""
    book, where = Book(world, subject, "operational"), both(there(subject.table))
    count = book.count("deployment_count", "Deployments", where, 7, unit="deployments")
    status = status_of(subject.table)
    failed = status.of("bad", "back") if status is not None else ()
    if status is not None and failed:
        condition, keys = also(among(status.column, failed), where), {"unit": "deployments", "direction": "down"}
        hit = book.count("failed_deployments", "Failed deployments", condition, 3, **keys)
        book.ratio("change_failure_rate", "Change failure rate", (hit, count), 6, unit="percent", direction="down")


def reviews(world: World, subject: Subject) -> None:
    """How many answers came, and what they say."""
    book, where = Book(world, subject, "customer"), both(there(subject.table))
    book.count(world.free("answers", subject), "Answers", where, 4, unit="answers")
    scores(book, where)


def scores(book: Book, where: str) -> None:
    """The average of scores that people gave, and the net promoter score where they are such."""
    score = book.subject.column("score")
    if score is None:
        return
    net = "nps" in (*score.words, *book.subject.table.words)
    name = book.world.free("average_nps_score" if net else "average_score", book.subject)
    field = book.subject.called(score)
    book.rows("avg", name, "Average score", field, {"filter": where, "domain": "customer"}, 5)
    low, high = (float(str(value)) for value in (score.low, score.high))
    if score.type == "integer" and (low, high) == (1, 5):
        _content(book, field, where)
    if not net or low < 0 or not 6 < high <= 10:
        return
    keys = {"unit": "answers", "domain": "customer"}
    fans = book.count("promoters", "Promoters", also(f"{field} >= 9", where), 0, **keys)
    critics = book.count("detractors", "Detractors", also(f"{field} <= 6", where), 0, **keys)
    answers = book.rows("count", "nps_answers", "Answers with a score", field, {"filter": where} | keys, 0)
    expr, parts = f"100 * ({fans} - {critics}) / {answers}", (fans, critics, answers)
    book.formula("net_promoter_score", "Net promoter score", expr, parts, 8, domain="customer")


def _content(book: Book, field: str, where: str) -> None:
    """The share of answers that were content: four and five of five."""
    if "satisfaction" in book.world.taken:
        return
    keys = {"unit": "answers", "domain": "customer"}
    pleased = book.count("content_answers", "Content answers", also(f"{field} >= 4", where), 0, **keys)
    scored = book.rows("count", "scored_answers", "Answers with a score", field, {"filter": where} | keys, 0)
    text = "Of those who gave a score, the share that gave four or five of five."
    keys = {"unit": "percent", "domain": "customer", "description": text}
    book.ratio("satisfaction", "Satisfaction", (pleased, scored), 6, **keys)


def shipments(world: World, subject: Subject) -> None:
    """How many parcels left, and how long they were on their way."""
    book, where = Book(world, subject, "operational"), both(there(subject.table))
    book.count("shipment_count", "Shipments", where, 5, unit="shipments")
    delivered = subject.column("delivered")
    if delivered is not None and subject.time and subject.time != delivered.name:
        expr = f"date_diff('day', {named(subject.time)}, {subject.called(delivered)})"
        days = subject.computed("days_on_the_way", expr, unit="days")
        keys = {"filter": where, "unit": "days", "direction": "down"}
        book.rows("median", "delivery_time", "Delivery time", days, keys, 5)
