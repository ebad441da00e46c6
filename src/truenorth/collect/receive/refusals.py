"""What of one request is refused: the first hundred pieces whole, of more how many there were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from truenorth.collect.receive.request import Refused

WHOLE = 100


class Refusals:
    """Collects what is refused, without letting a body full of nonsense fill the memory."""

    def __init__(self) -> None:
        self._whole: list[Refused] = []
        self._more: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._whole) + self._more.total()

    def add(self, code: str, reason: str, raw: Callable[[], bytes], place: str = "") -> None:
        """One piece; its bytes are asked for only when they are kept."""
        if len(self._whole) < WHOLE:
            self._whole.append(Refused(code, reason, raw(), place))
        else:
            self._more[code] += 1

    def told(self) -> list[Refused]:
        """All of them."""
        return self._whole + [
            Refused(code, f"{count:,} more of the same request, beyond the first {WHOLE}", b"")
            for code, count in self._more.items()
        ]

    def words(self, named: bool = False) -> str:
        """The reasons, each once and with how often it came, in a line."""
        reasons = Counter(f"{one.place}: {one.reason}" if named else one.reason for one in self.told())
        several = [f"{reason} ({count} times)" if count > 1 else reason for reason, count in [*reasons.items()][:5]]
        return "; ".join(several)
