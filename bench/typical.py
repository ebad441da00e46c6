"""Events as products send them: seven kinds with ten properties each, of typical.json, drawn the same in every run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

KINDS = Path(__file__).parent / "typical.json"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
PEOPLE = 200_000
START = datetime(2026, 6, 1, 8, tzinfo=UTC)


@cache
def kinds() -> list[dict[str, Any]]:
    """What typical.json says."""
    found: list[dict[str, Any]] = json.loads(KINDS.read_text("utf-8"))
    return found


def drawn(random: Random, choice: Any) -> Any:
    """A value of a property: one of a list, or what an object says of its kind."""
    if isinstance(choice, list):
        return random.choice(choice)
    if "integer" in choice:
        return random.randint(*choice["integer"])
    if "number" in choice:
        return round(random.uniform(*choice["number"]), choice["digits"])
    return "".join(random.choices(LETTERS, k=choice["letters"]))


def events(count: int, seed: int = 1, start: datetime = START, seconds: float = 0.01) -> Iterator[dict[str, Any]]:
    """Events of the native dialect without ids, some seconds apart."""
    random = Random(seed)
    weights = [kind["weight"] for kind in kinds()]
    for number, kind in enumerate(random.choices(kinds(), weights, k=count)):
        at = start + timedelta(seconds=number * seconds)
        yield {
            "event": kind["event"],
            "user_id": f"user-{random.randrange(PEOPLE)}",
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "properties": {name: drawn(random, choice) for name, choice in kind["properties"].items()},
        }
