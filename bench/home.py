"""The home page of a company of a million events: server time, when the data has changed and when it has not."""
from __future__ import annotations

FIGURES: dict[str, object] = {}
