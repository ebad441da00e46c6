"""Requests, incidents, checks, deployments, reviews and shipments: how well things run."""

from __future__ import annotations

from truenorth.discover.book import Book
from truenorth.discover.counting import among, both, flag, status_of, there
from truenorth.discover.facts import Column, named
from truenorth.discover.pick import is_flag
from truenorth.discover.subject import Subject, length_unit
from truenorth.discover.world import World, also

_PERCENTILES = (("response_time", "", 7.0), ("response_time_p50", "0.5", 2.0), ("response_time_p99", "0.99", 3.0))


def requests(world: World, subject: Subject) -> None:
    """How many there were, how many failed, how long they took."""
    book, where = Book(world, subject, "operational"), both(there(subject.table))
    book.standard("request_count", {"where": where}, 8) or book.count(
        "request_count", "Requests", where, 8, unit="requests", direction="none"
    )
    code, duration = subject.column("http"), subject.column("duration")
    if code is not None:
        name = subject.called(code)
        held = name if code.type == "integer" else f"try_cast({name} as integer)"
        one = subject.computed("one_request", "1")
        failed = subject.computed("failed", f"case when {held} >= 500 then 1 else 0 end")
        slots = {"requests": one, "errors": failed, "where": where}
        book.standard("error_rate", slots, 9, "Requests answered with 500 and above, out of all.")
        keys = {"unit": "requests", "direction": "down"}
        text = "Requests answered with 500 and above."
        book.count("server_errors", "Server errors", also(f"{held} >= 500", where), 4, **keys, description=text)
        text, caller = "Requests answered with 400 to 499.", f"{held} between 400 and 499"
        book.count("client_errors", "Client errors", also(caller, where), 3, **keys, description=text)
    if duration is not None:
        durations(book, duration, where)
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


def durations(book: Book, duration: Column, where: str) -> None:
    """How long answers take: what 95 of 100 stay below, and the middle and the slowest."""
    unit = length_unit(duration)
    if not unit:
        high = float(str(duration.high))
        unit = "seconds" if high < 120 and duration.type != "integer" else "milliseconds"
        book.subject.unsure.append(f"what {duration.written} is counted in: taken as {unit}")
    for name, share, weight in _PERCENTILES:
        slots = {"duration": book.subject.called(duration), "unit": unit, "percentile": share, "where": where}
        book.standard("response_time", slots, weight, "", name)


def incidents(world: World, subject: Subject) -> None:
    """How often something broke, and how long it lasted."""
    book, where = Book(world, subject, "operational"), both(there(subject.table))
    book.standard("incident_count", {"where": where}, 9)
    resolved = subject.column("resolved") or subject.column("ended")
    if resolved is not None and subject.time:
        expr = f"date_diff('second', {named(subject.time)}, {subject.called(resolved)}) / 60"
        minutes = subject.computed("minutes_open", expr, unit="minutes")
        keys = {"filter": where, "unit": "minutes", "direction": "down"}
        book.rows("avg", "time_to_repair", "Time to repair", minutes, keys, 8)
        book.rows("sum", "incident_minutes", "Minutes of incidents", minutes, keys, 3)


def checks(world: World, subject: Subject) -> None:
    """How much of the time things worked."""
    book, where = Book(world, subject, "operational"), both(there(subject.table))
    up = next((one for one in subject.table.columns if is_flag(one) and _says_up(one)), None)
    if up is not None:
        book.standard("uptime", {"up": flag(subject.table, up, True), "where": where}, 9)
    duration = subject.column("duration")
    if duration is not None:
        durations(book, duration, where)


def _says_up(column: Column) -> bool:
    return bool({"up", "healthy", "ok", "success"} & set(column.words))


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
