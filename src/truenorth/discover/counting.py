"""Which rows count: what statuses say, and flags of deleted and test rows, as conditions with their reasons."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from truenorth.discover.facts import Column, Table, named
from truenorth.discover.pick import is_flag, pick
from truenorth.discover.word import texts, words
from truenorth.store.values import literal

# What the value of a status says, by the beginnings of its words; the first group that fits is it.
_SAYS: tuple[tuple[str, str], ...] = (
    ("part", r"partial(ly)?[ _-]*(refund|return)|teil(weise)?[ _-]*erstattet"),
    (
        "back",
        r"refund|roll(ed)?[ _-]*back|paid[ _-]*back|"
        r"return|charged?[ _-]*back|disput|reverse|erstattet|reembols|devuelt|rembours",
    ),
    ("test", r"^test|sandbox|dummy"),
    (
        "bad",
        r"cancel|void|fail|declin|reject|error|expire|abandon|draft|fraud|delet|incomplete|uncollect|lost|storn|"
        r"annul|entwurf|abgelehnt|denied|blocked|write[ _-]*off|written[ _-]*off|borrador|trash|spam|invalid|"
        r"aborted|no[ _-]*show|wo?n'?t[ _-]*(do|fix)|duplicate|obsolete|not[ _-]*planned",
    ),
    ("trial", r"trial"),
    (
        "open",
        r"pending|unpaid|await|on[ _-]*hold|cart|checkout|offen|ausstehend|pendient|past[ _-]*due|overdue|requires|"
        r"unconfirmed|not[ _-]*paid|unfulfilled|attente|quote|pause|to[ _-]*do$|backlog|doing|queued|waiting|triage",
    ),
    (
        "good",
        r"purchas|booked|checked[ _-]*(out|in)$|"
        r"paid|complet|captur|succe|settl|fulfil|ship|deliver|process|confirm|approv|dispatch|done|bezahlt|versend|"
        r"versandt|geliefert|abgeschlossen|entregad|enviad|pagad|pay[ée]|livr|active|aktiv|finish|invoiced|ok$|won$|"
        r"closed|cleared|collected|solv|attended|picked|packed|received|ready|partially[ _-]*paid",
    ),
    ("new", r"new|reserved|open|creat|authori|placed|submit|neu|in[ _-]*progress|sent|issued|accept"),
)


# Names of columns whose values only look like statuses: what a thing is, not how far it got.
_NO_STATUS = frozenset(texts("type kind category reason channel name source event action title subject note comment"))


class Condition(Struct, frozen=True):
    """A condition on rows and, in words, why it is there."""

    sql: str
    words: str
    columns: tuple[str, ...] = ()


class Status(Struct, frozen=True):
    """A column of statuses, and what each of its values says."""

    column: Column
    says: dict[str, str]

    def of(self, *groups: str) -> tuple[str, ...]:
        """The values that say one of these."""
        return tuple(value for value in self.column.values if self.says[value] in groups)


def says(value: str) -> str:
    """What a status says of a row: good, open, new, bad, back, part, test, trial or nothing known.

    >>> says("Paid"), says("cancelled"), says("partially_refunded"), says("storniert"), says("gift")
    ('good', 'bad', 'part', 'bad', '')
    """
    text = value.strip().lower()
    return next((group for group, pattern in _SAYS if re.search(pattern, text)), "")


def status_of(table: Table, *prefer: str) -> Status | None:
    """The column whose values say how far a row got, preferring names with one of the given words."""
    ranked = []
    for at, one in enumerate(table.columns):
        said = set(one.words)
        named_so = {"status", "state"} & said
        if one.type != "text" or not one.values or {"country", "previous", "old", "province"} & said:
            continue
        meant = {value: says(value) for value in one.values}
        known = sum(count for value, count in one.top if meant[value]) / max(1, one.filled)
        if known < 0.5 or not (named_so or _speaks(one, meant, known)):
            continue
        worth = known + 2 * len(said & set(prefer)) + (0.5 if len(said) == 1 else 0) - (0 if named_so else 1)
        ranked.append((worth, -at, Status(one, meant)))
    return max(ranked, key=lambda rank: rank[:2])[2] if ranked else None


def _speaks(column: Column, meant: dict[str, str], known: float) -> bool:
    """Whether values alone show that a column says how far rows got, whatever it is called: paid, failed, pending."""
    groups = set(meant.values())
    short = all(len(value.split()) <= 3 for value in meant)
    ended, not_ended = "good" in groups, {"bad", "open", "back"} & groups
    return bool(short and known > 0.95 and ended and not_ended and not _NO_STATUS & set(column.words))


def among(column: Column, values: Sequence[str], alias: str = "") -> str:
    """The condition that a column holds one of these values."""
    name = f"{alias}{named(column.name)}"
    if len(values) == 1:
        return f"{name} = {literal(values[0])}"
    return f"{name} in ({', '.join(map(literal, values))})"


def there(table: Table, *, internal: bool = True) -> list[Condition]:
    """The conditions that leave out rows marked as deleted, as tests, or as another environment's than production."""
    found = []
    deleted = pick(table, "deleted")
    if deleted is not None and deleted.filled < table.rows:
        found.append(Condition(f"{named(deleted.name)} is null", "not deleted", (deleted.name,)))
    for one in table.columns:
        said = set(one.words)
        marked = {"deleted", "removed", "erased"} & said
        tested = {"test", "demo", "sandbox", "dummy", "fake"} & said
        inner = {"internal", "staff", "bot", "employee"} & said if internal else set()
        if (marked or tested or inner) and is_flag(one) and not {"id", "group", "name", "ab"} & said:
            why = "not deleted" if marked else "no tests" if tested else f"not {min(inner)}"
            found.append(Condition(flag(table, one, False), why, (one.name,)))
        elif "livemode" in said and is_flag(one):
            found.append(Condition(flag(table, one, True), "live mode", (one.name,)))
        elif said & {"environment", "env", "mode"} and len(one.values) > 1 and one.type == "text":
            live = [value for value in one.values if value.lower() in ("production", "prod", "live")]
            if live:
                found.append(Condition(among(one, live), "production only", (one.name,)))
    return found


def flag(table: Table, column: Column, wanted: bool) -> str:
    """The condition that a yes-or-no column says so; an empty one says no."""
    name, whole = named(column.name), column.filled == table.rows
    if column.type == "boolean":
        return name if wanted else f"not {name}" if whole else f"{name} is distinct from true"
    return f"{name} = 1" if wanted else f"{name} = 0" if whole else f"coalesce({name}, 0) = 0"


def none_of(column: Column, values: Sequence[str], whole: bool) -> str:
    """The condition that a column holds none of these values; an empty one does not."""
    name = named(column.name)
    listed = ", ".join(map(literal, values))
    sql = f"{name} <> {listed}" if len(values) == 1 else f"{name} not in ({listed})"
    return sql if whole else f"({name} is null or {sql})"


def both(conditions: Sequence[Condition]) -> str:
    """All conditions as one."""
    return " and ".join(f"({one.sql})" if " or " in one.sql else one.sql for one in conditions)


def in_words(conditions: Sequence[Condition]) -> str:
    """All conditions in words."""
    return "; ".join(dict.fromkeys(one.words for one in conditions))


def said(conditions: Sequence[Condition]) -> str:
    """The conditions as a sentence of their own, before the dot of another.

    >>> said([Condition("s = 'paid'", "status paid"), Condition("d is null", "not deleted")]), said([])
    ('. Counted: status paid; not deleted', '')
    """
    return f". Counted: {in_words(conditions)}" if conditions else ""


def quoted_list(values: Sequence[str]) -> str:
    """Values as a person lists them."""
    return ", ".join(f'"{value}"' for value in values)


def status_words(column: Column, values: Sequence[str]) -> str:
    """`status paid or shipped`."""
    listed = [*values]
    text = listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} or {listed[-1]}"
    return f"{' '.join(words(column.written)) or column.name} {text}"
