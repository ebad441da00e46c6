"""What the labels of collected series are called as columns, and what columns of ours stand beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from truenorth.define.model import Dataset

OWN = ("minute", "increase", "n", "min", "max", "last", "sum", "series_id", "source", "labels")


def column_of(label: str) -> str:
    """What a label is called.

    >>> column_of("http.route"), column_of("2xx"), column_of("min")
    ('http_route', '_2xx', 'exported_min')
    """
    name = re.sub(r"\W", "_", label, flags=re.ASCII) or "_"
    name = f"_{name}" if name[0].isdigit() else name
    return f"exported_{name}" if name.lower() in OWN else name


def is_open(dataset: Dataset) -> bool:
    """Whether any column of a dataset may be asked for: one without fields, or with labels that nobody need list."""
    return not dataset.fields or bool(dataset.series or dataset.histogram)
