"""The slow followers of `verify`: entity by entity, row by row, without the arrays that answers are computed with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from truenorth.base.table import Value
from truenorth.define.model import Metric
from truenorth.query.creditor import Reading
from truenorth.query.witness import paths, retention, sessions

WITNESSES: dict[str, Callable[[Reading, Metric, Sequence[str]], Value]] = {
    "retention": retention.followed,
    "sessions": sessions.followed,
    "paths": paths.followed,
}
