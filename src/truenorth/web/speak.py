"""How pages write values: amounts with the unit apart, changes in better and worse, people by their initials."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from markupsafe import Markup

from truenorth.base.locale import MINUS
from truenorth.base.quantity import format_parts, format_value
from truenorth.base.table import Value
from truenorth.define.model import Model
from truenorth.web.view import Amount, Delta, Person

JOINER = "\u2060"
ARROWS = {1: "▲", -1: "▼", 0: "■"}


def number(value: Value) -> float | None:
    """A value as a float to draw with; text, dates and truth are nothing to draw."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    drawn = float(value)
    return None if drawn != drawn or drawn in (float("inf"), float("-inf")) else drawn


def labelled(value: object) -> str:
    """A value of a dimension as it is shown; nothing and an empty text have words of their own.

    >>> labelled("pro"), labelled(None), labelled(" ")
    ('pro', '(none)', '(empty)')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return "(none)" if value is None else str(value) if str(value).strip() else "(empty)"


def tidy(value: Value) -> Value:
    """A whole float as an integer, so that two orders are not 2.00 orders.

    >>> tidy(2.0), tidy(2.5), tidy(None)
    (2, 2.5, None)
    """
    return int(value) if isinstance(value, float) and value.is_integer() else value


def amount(value: Value, unit: str, currency: str, locale: str) -> Amount:
    """A value in large type; the exact one is its title."""
    text, letter = format_parts(value, unit, currency, locale, compact=True)
    return Amount(text, letter, format_value(value, unit, currency, locale))


def arrow(change: float | None) -> str:
    """The sign of a change as a shape, for those who do not tell colours apart."""
    if change is None:
        return ""
    return ARROWS[(change > 0) - (change < 0)]


def delta(change: float | None, text: str, verdict: str, than: str = "") -> Delta:
    """A change as the page shows it: its sign, its size, better or worse, and against what."""
    seen = any(sign in "123456789" for sign in text)
    word = verdict if verdict in ("better", "worse") and seen else ""
    return Delta(text, arrow(change if seen else change and 0.0), word, than)


def data_end(moment: datetime) -> str:
    """The end of the data as a person says it: a midnight is the end of the day before.

    >>> data_end(datetime(2026, 7, 1)), data_end(datetime(2026, 6, 30, 14, 5))
    ('30 Jun 2026', '30 Jun 2026, 14:05')
    """
    if (moment.hour, moment.minute) == (0, 0):
        moment -= timedelta(days=1)
        return f"{moment.day} {moment:%b %Y}"
    return f"{moment.day} {moment:%b %Y, %H:%M}"


def person(address: str) -> Person | None:
    """An owner from a mail address or a name.

    >>> person("dana.miller@acme.example")
    Person(name='Dana Miller', initials='DM', address='dana.miller@acme.example')
    """
    if not address:
        return None
    local, at, _ = address.partition("@")
    words = [word for word in local.replace(".", " ").replace("_", " ").replace("-", " ").split() if word]
    name = " ".join(word[:1].upper() + word[1:] for word in words)
    letters = (words[0][:1] + words[-1][:1]) if len(words) > 1 else local[:2]
    return Person(name or address, letters.upper(), address if at else "")


def svg(text: str) -> Markup:
    """A drawing of our own, which needs no escaping: `chart` escapes every word it is given."""
    return Markup(text)


def listed(words: list[str]) -> str:
    """Words as a person lists them.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def unparted(words: str) -> str:
    """Words in which no line ends between a sign and its amount.

    >>> unparted("new (+€5)") == "new (+" + JOINER + "€5)"
    True
    """
    return words.replace("(+", f"(+{JOINER}").replace(MINUS, MINUS + JOINER)


def sentence_case(words: str) -> str:
    """Words with a capital at the front."""
    return words[:1].upper() + words[1:]


def spoken(model: Model, note: str) -> str:
    """A note of an answer as a sentence; whose it is goes without saying on a metric's own page."""
    names, colon, rest = note.partition(": ")
    titles = {metric.title for metric in model.metrics.values()}
    bare = rest if colon and set(names.split(", ")) <= titles else note
    return sentence_case(bare) + ("" if bare[-1:] in ".!?" else ".")
