"""`METRIC(orders BY customer_id)` in an expression: another metric's value for the row's own customer.

No SQL that a parser knows, so it is found in the text before that is parsed, where no quotes or comments are around it.
"""

from __future__ import annotations

import re

from msgspec import Struct

from truenorth.base.errors import DefinitionError

SIGN = re.compile(r"\bmetric\s*\(", re.I)
# Quoted texts, quoted names and comments are passed over; what is left is a METRIC( ) without brackets inside.
FOUND = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | \$\$.*?\$\$ | --[^\n]* | /\*.*?\*/ | \bmetric\s*\((?P<inside>[^()'"]*)\)?""",
    re.I | re.S | re.X,
)
INSIDE = re.compile(r"\s*(\w+)\s+by\s+([\w.]+(?:\s*,\s*[\w.]+)*)\s*", re.I)
STANDS = "metric_lookup_{}__"
HINT = "write METRIC(orders_placed BY customer_id), as many fields after BY as are needed"


class MetricRef(Struct, frozen=True, array_like=True):
    """Another metric's value for the fields of a row."""

    name: str
    by: list[str]

    @property
    def text(self) -> str:
        """How it is written, always the same."""
        return f"METRIC({self.name} BY {', '.join(self.by)})"


def taken_out(text: str) -> tuple[str, list[MetricRef]]:
    """The text with a plain name for each METRIC(…), and what the names stand for.

    >>> taken_out("METRIC(orders BY customer_id) > 2 and note <> 'METRIC(x)'")
    ("metric_lookup_0__ > 2 and note <> 'METRIC(x)'", [MetricRef(name='orders', by=['customer_id'])])
    """
    if not SIGN.search(text):
        return text, []
    found: list[MetricRef] = []

    def stand_in(match: re.Match[str]) -> str:
        if match["inside"] is None:
            return match[0]
        parts = INSIDE.fullmatch(match["inside"])
        if parts is None or not match[0].endswith(")"):
            raise DefinitionError("E_BAD_EXPRESSION", f'"{match[0]}" in "{text}" cannot be read', hint=HINT)
        one = MetricRef(parts[1], [name.strip() for name in parts[2].split(",")])
        if one not in found:
            found.append(one)
        return STANDS.format(found.index(one))

    return FOUND.sub(stand_in, text), found


def put_back(text: str, found: list[MetricRef]) -> str:
    """The text as it was written."""
    for number, one in enumerate(found):
        text = text.replace(STANDS.format(number), one.text)
    return text
