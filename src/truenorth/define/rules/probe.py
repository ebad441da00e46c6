"""What must hold in checks: one thing that is looked at, conditions that can be read, lengths that fit each other."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from urllib.parse import urlsplit

from truenorth.base.errors import Place, QueryError, TrueNorthError, did_you_mean
from truenorth.base.zone import zone_of
from truenorth.define.condition import SUBJECTS, condition
from truenorth.define.probe import DAYS, HERE, KINDS, Check, Maintenance, length
from truenorth.define.rules import value
from truenorth.define.rules.case import Case

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=1)
# Which keys belong to what is looked at, and what each may be asked about.
OWN = {
    "url": ("method", "headers", "body", "follow_redirects"),
    "dns": ("record", "resolver"),
}
SEEN = {
    "url": tuple(one for one in SUBJECTS if not one.startswith("dns.")),
    "tcp": ("connected", "duration"),
    "dns": ("dns.answers", "dns.code", "duration"),
    "tls": ("connected", "duration", "certificate_expires"),
    "heartbeat": ("duration", "status"),
}
SECRET = re.compile(r"(?i)authorization|cookie|api[-_]?key|token|secret|password")
SERVICE = re.compile(r"[\w][\w ./&+-]*")


def check(case: Case) -> None:
    """All checks."""
    for one in case.model.checks.values():
        if looked_at(case, one):
            keys(case, one)
            address(case, one)
            conditions(case, one)
        lengths(case, one)
        locations(case, one)
        secrets(case, one)
        maintenance(case, one)
        value.owner(case, one.owner, one.spot.at("owner"))
        if one.service and not SERVICE.fullmatch(one.service):
            message = f'"{one.service}" is no name of a service'
            case.fail("E_BAD_NAME", message, one.spot.at("service"), "letters, digits, blanks and . / & + - will do")


def looked_at(case: Case, one: Check) -> bool:
    """Exactly one thing is."""
    said = [kind for kind in KINDS if getattr(one, kind)]
    if len(said) > 1:
        message = f'the check "{one.name}" says both {said[0]} and {said[1]}'
        case.fail("E_KEY_CONFLICT", message, one.spot.at(said[1]), "make two checks of it")
    elif not said:
        message = f'the check "{one.name}" does not say what it looks at'
        case.fail("E_MISSING_KEY", message, one.spot.at(), "add url: https://shop.example/health")
    return len(said) == 1


def keys(case: Case, one: Check) -> None:
    """No keys of another kind of check."""
    for kind, own in OWN.items():
        for key in own if kind != one.kind else ():
            if key in one.spot.keys:
                message = f'the check "{one.name}" has "{key}", which belongs to {kind}:'
                case.fail("E_KEY_NOT_ALLOWED", message, one.spot.at(key), f"it looks at {one.kind}: leave it out")


def address(case: Case, one: Check) -> None:
    """An address of the web, a host with a port, a name."""
    text, place = getattr(one, one.kind), one.spot.at(one.kind)
    if one.kind == "url":
        try:
            parts = urlsplit(text)
            port, sound = parts.port, parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            port, sound = None, False
        if not sound or port == 0:
            case.fail(
                "E_BAD_URL", f'"{text}" is no address of the web', place, "write it as https://shop.example/health"
            )
        elif parts.username or parts.password:
            hint = "send it as a header instead: headers: {Authorization: 'Basic ${SHOP_LOGIN}'}"
            case.fail("E_SECRET_IN_FILE", "the address holds a password", place, hint)
    elif one.kind in ("tcp", "tls"):
        host, _, port_text = text.rpartition(":")
        if not host or not port_text.isdigit() or not 0 < int(port_text) < 65536:
            case.fail(
                "E_BAD_URL", f'"{text}" is no host with a port', place, f"write it as {one.kind}: shop.example:443"
            )
    elif one.kind == "dns" and ("/" in text or ":" in text or " " in text):
        case.fail("E_BAD_URL", f'"{text}" is no name of a host', place, "write it as dns: shop.example")


def conditions(case: Case, one: Check) -> None:
    """All can be read, and ask only about what is seen."""
    for key in ("conditions", "degraded"):
        for number, text in enumerate(getattr(one, key)):
            place = one.spot.at(f"{key}.{number}")
            try:
                found = condition(text)
            except QueryError as error:
                case.adopt(error, within(place, error.message))
                continue
            known = SEEN[one.kind]
            if found.subject not in known:
                message = f'"{text}": a check of {one.kind}: does not see "{found.subject}"'
                hint = did_you_mean(found.subject, known) or f"it sees {', '.join(known)}"
                case.fail("E_BAD_CONDITION", message, place, hint)


def within(place: Place, message: str) -> Place:
    """The place of a word inside a text that stands plainly in its file."""
    found = re.search(r" at column (\d+)$", message)
    return Place(place.file, place.line, place.column + int(found[1]) - 1) if found else place


def lengths(case: Case, one: Check) -> None:
    """Each is a length of time, and a try is over before the next."""
    found: dict[str, timedelta] = {}
    for key in ("every", "timeout", "heartbeat"):
        if text := getattr(one, key):
            try:
                found[key] = length(text)
            except QueryError as error:
                case.adopt(error, one.spot.at(key))
    every = found.get("every", SHORTEST)
    if not SHORTEST <= every <= LONGEST:
        message = f'"{one.every}" is no pace for a check'
        case.fail("E_BAD_SCHEDULE", message, one.spot.at("every"), "from 1 second to 1 day: every: 30 seconds")
    if found.get("timeout", every) > every:
        message = f"a try of {one.timeout} is not over when the next begins after {one.every}"
        case.fail("E_BAD_SCHEDULE", message, one.spot.at("timeout"), f"write at most timeout: {one.every}")
    for key, least in (("retries", 0), ("quorum", 1)):
        number = getattr(one, key)
        if number < least or number != int(number):
            message = f'"{key}" is a whole number from {least} on, not {number:g}'
            case.fail("E_BAD_VALUE", message, one.spot.at(key), f"write {key}: {max(least, round(number))}")


def locations(case: Case, one: Check) -> None:
    """There are as many as must agree."""
    there = len(set(one.locations or [HERE]))
    if one.quorum > there:
        message = f"{one.quorum:g} locations can never agree where there {'is' if there == 1 else 'are'} {there}"
        case.fail("E_BAD_VALUE", message, one.spot.at("quorum"), "name them: locations: [here, frankfurt]")


def secrets(case: Case, one: Check) -> None:
    """No header that lets somebody in stands in the file."""
    for name, text in one.headers.items():
        if SECRET.search(name) and "${" not in text:
            given = "and give that in the environment or in .truenorth/secrets"
            hint = f"write {name}: ${{{one.name.upper()}_TOKEN}}, {given}"
            case.fail("E_SECRET_IN_FILE", f'the header "{name}" holds a secret', one.spot.at("headers"), hint)


def maintenance(case: Case, one: Check) -> None:
    """Each stretch is of one of the two forms, with times that can be read."""
    for number, stretch in enumerate(one.maintenance):
        place = one.spot.at(f"maintenance.{number}")
        try:
            readable(stretch, case.model.workspace.timezone)
        except TrueNorthError as error:
            case.adopt(error, place)


def readable(stretch: Maintenance, timezone: str) -> None:
    """QueryError where a stretch is no such."""
    hint = "write {start: 2026-03-01 22:00, end: 2026-03-02 01:00} or {days: [sunday], from: 02:00, to: 04:00}"
    zone_of(stretch.timezone or timezone)
    once, weekly = (stretch.start, stretch.end), (stretch.days, stretch.from_, stretch.to)
    if not (all(once) and not any(weekly)) and not (all(weekly) and not any(once)):
        raise QueryError("E_BAD_VALUE", "maintenance is either once or every week", hint=hint)
    try:
        if all(once) and datetime.fromisoformat(stretch.start) >= datetime.fromisoformat(stretch.end):
            raise QueryError("E_BAD_VALUE", "maintenance ends before it begins", hint=hint)
        for text in (stretch.from_, stretch.to):
            time.fromisoformat(text or "00:00")
    except ValueError as error:
        raise QueryError("E_BAD_VALUE", f"a time of maintenance cannot be read: {error}", hint=hint) from None
    for day in stretch.days:
        if day not in DAYS:
            near = did_you_mean(day.lower(), DAYS) or f"it is {', '.join(DAYS)}"
            raise QueryError("E_BAD_VALUE", f'"{day}" is no day of the week', hint=near)
