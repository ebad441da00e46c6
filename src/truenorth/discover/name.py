"""What datasets are called, of the names that tables have, and which tables are only another's older self."""

from __future__ import annotations

import re
from collections.abc import Sequence

from truenorth.base.unit import singular
from truenorth.discover.facts import named
from truenorth.discover.word import plural, short_names, texts

_STEPS = ("stg_", "staging_", "raw_", "int_", "base_", "tmp_", "src_")
_OLD = ("_old", "_bak", "_backup", "_copy", "_tmp", "_orig")
_LAYERS = frozenset(texts("dim fct fact facts tbl vw view f d t mart"))  # what a warehouse writes before its tables


def is_staging(name: str, names: Sequence[str]) -> bool:
    """Whether a table is only a step on the way to another that is there: `stg_orders` beside `orders`.

    >>> is_staging("stg_orders", ["stg_orders", "orders"]), is_staging("stg_orders", ["stg_orders"])
    (True, False)
    """
    bare = _bare(name)
    stems = {_bare(one) for one in names}
    return any(bare.startswith(step) and bare.removeprefix(step) in stems for step in _STEPS)


def older_self(name: str, names: Sequence[str]) -> str:
    """The table of which another is an old copy by its name, "" for one that is none: `orders_old` beside `orders`."""
    bare = _bare(name)
    stem = next((bare.removesuffix(end) for end in _OLD if bare.endswith(end)), "")
    return next((one for one in names if stem and _bare(one) == stem), "")


def _bare(name: str) -> str:
    return name.rpartition(".")[2].lower()


def called(names: Sequence[str]) -> dict[str, str]:
    """What the dataset of each table is called: without the words of a program or of a layer of a warehouse.

    >>> [*called(["hd_case", "hd_message", "hd_staff"]).values()], [*called(["m.dim_item", "fct_order"]).values()]
    (['cases', 'message', 'staff'], ['item', 'orders'])
    """
    plain = short_names(names)
    short = {name: _spoken(_inner(one)) for name, one in plain.items()}
    twice = [one for one in short.values() if [*short.values()].count(one) > 1]
    return {name: one if one not in twice else plain[name] for name, one in short.items()}


def _inner(plain: str) -> str:
    """A name without the layer of a warehouse before it."""
    head, _, rest = plain.partition("_")
    return rest if head in _LAYERS and re.match(r"[a-z]{3}", rest) else plain


def _spoken(plain: str) -> str:
    """A name that can stand in an expression: in the plural where it is a word of SQL."""
    return plain if named(plain) == plain else plural(singular(plain))
