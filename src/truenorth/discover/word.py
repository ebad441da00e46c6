"""Names taken apart: what the name of a table or column says, in our words, whoever wrote it and in what style."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from unicodedata import normalize

from truenorth.base.unit import singular
from truenorth.discover.lexicon import COUNTED, MEANS, WORDS

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_KNOWN = WORDS | MEANS.keys()
_SHORTEST = 2
_TAX = (
    ("gross", {"incl", "inc", "including", "included", "with"}),
    ("net", {"excl", "exc", "excluding", "excluded", "without", "ex"}),
)
_ENOUGH = 3  # in so many names a word must stand to be that of a program
_UNCOUNTED = ("staff", "news", "data", "series", "people", "feedback", "information", "equipment", "stock", "inventory")


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """The words of a name, in the singular and in English.

    >>> words("Created (UTC)"), words("OrderID"), words("customeremail"), words("Bestelldatum"), words("MwSt")
    (('created', 'utc'), ('order', 'id'), ('customer', 'email'), ('order', 'date'), ('tax',))
    >>> words("total_paid_tax_excl")
    ('total', 'paid', 'net')
    """
    plain = normalize("NFKD", name.translate(_UMLAUTS)).encode("ascii", "ignore").decode()
    found: list[str] = []
    for whole in re.split(r"[^A-Za-z0-9]+", plain):
        # An abbreviation such as MwSt is one word, whatever its capitals.
        for part in [whole] if whole.lower() in MEANS else _HUMP.sub(" ", whole).split(" "):
            for one in _cut(part.lower()):
                found += MEANS.get(one, "").split() or [_single(one)]
    return tuple(_taxed(found))


def _taxed(found: Sequence[str]) -> Iterator[str]:
    """The words, with `gross` for an amount said to include tax, and `net` for one said to exclude it."""
    said = iter(zip(found, [*found[1:], ""], strict=True))
    for word, following in said:
        other = {word, following} - {"tax"}
        meant = next((ours for ours, theirs in _TAX if len(other) == 1 and other <= theirs), "")
        if meant and "tax" in (word, following):
            next(said)
        yield meant or word


def _single(word: str) -> str:
    if word in COUNTED or len(word) < _SHORTEST:
        return word
    single = singular(word)
    return MEANS.get(single, single) if " " not in MEANS.get(single, "") else single


def _cut(text: str) -> list[str]:
    """A text without marks as the fewest known words; the text itself where it is not made of them."""
    if not text or text in _KNOWN or singular(text) in _KNOWN or not text.isalpha():
        return [text] if text else []
    best: list[list[str] | None] = [[]] + [None] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - 16), end - _SHORTEST + 1):
            before, piece = best[start], text[start:end]
            if before is None or not (piece in _KNOWN or (end - start > 3 and singular(piece) in _KNOWN)):
                continue
            rival = best[end]
            if rival is None or len(before) + 1 < len(rival):
                best[end] = [*before, piece]
    return best[len(text)] or [text]


def plain_name(text: str) -> str:
    """A name as definitions may have it: letters, digits and single underscores.

    >>> plain_name("Created (UTC)"), plain_name("customerEmail"), plain_name("2nd__Name")
    ('created_utc', 'customer_email', 't_2nd_name')
    """
    plain = normalize("NFKD", text.translate(_UMLAUTS)).encode("ascii", "ignore").decode()
    joined = re.sub(r"[^A-Za-z0-9]+", "_", _HUMP.sub("_", plain)).strip("_").lower()
    return joined if joined[:1].isalpha() else f"t_{joined}".rstrip("_")


def short_names(names: Sequence[str]) -> dict[str, str]:
    """What tables are called, without the word of the program that most of their names begin or end with.

    >>> list(short_names(["shop.ps_orders", "ps_cart", "ps_order_detail", "notes"]).values())
    ['orders', 'cart', 'order_detail', 'notes']
    """
    parts = {name: plain_name(name.rpartition(".")[2]).split("_") for name in names}
    for at in (0, -1):
        while worn := _worn(list(parts.values()), at):
            cut = {
                name: (said[1:] if at == 0 else said[:-1]) if len(said) > 1 and said[at] == worn else said
                for name, said in parts.items()
            }
            left = {"_".join(said) for said in cut.values()}
            if len(left) < len(cut) or not all(one[:1].isalpha() for one in left):
                break
            parts = cut
    return {name: "_".join(said) for name, said in parts.items()}


def _worn(parts: Sequence[Sequence[str]], at: int) -> str:
    """The word that stands first or last in most names and is none that says what a table holds; "" for none."""
    counts = Counter(said[at] for said in parts if len(said) > 1)
    [(word, count)] = counts.most_common(1) or [("", 0)]
    telling = word in _KNOWN or singular(word) in _KNOWN
    return word if count >= _ENOUGH and count * 2 > len(parts) and not telling else ""


def plural(noun: str) -> str:
    """Several of a noun.

    >>> plural("order"), plural("company"), plural("status"), plural("address")
    ('orders', 'companies', 'statuses', 'addresses')
    """
    if noun in _UNCOUNTED:
        return noun
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    return f"{noun}s"


def texts(text: str) -> tuple[str, ...]:
    """The words of a text that lists some.

    >>> texts("at date time")
    ('at', 'date', 'time')
    """
    return tuple(text.split())
