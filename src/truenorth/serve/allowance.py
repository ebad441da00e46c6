"""How much somebody may send: so much a second, and a burst at once."""

from __future__ import annotations

MOST = 20_000


class Allowance:
    """Buckets by name that fill at `rate` a second up to `burst`; at most so many names are remembered."""

    def __init__(self, rate: float, burst: float, most: int = MOST) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, name: str, amount: float, now: float) -> float:
        """Take an amount; 0 when it is allowed, else after how many seconds something is.

        A bucket that holds anything gives more than it has, so that one large request passes and the next ones wait.

        >>> few = Allowance(rate=10, burst=5)
        >>> few.take("a", 8, now=0), few.take("a", 1, now=0.1), few.take("b", 1, now=0.1), few.take("a", 1, now=1)
        (0.0, 0.3, 0.0, 0.0)
        """
        level, seen = self._buckets.get(name) or self._new(now)
        level = min(self._burst, level + (now - seen) * self._rate)
        allowed = level >= 1
        self._buckets[name] = (level - amount if allowed else level, now)
        return 0.0 if allowed else (1 - level) / self._rate

    def _new(self, now: float) -> tuple[float, float]:
        if len(self._buckets) >= self._most:
            full = [
                name
                for name, (level, seen) in self._buckets.items()
                if level + (now - seen) * self._rate >= self._burst
            ]
            for name in full or list(self._buckets):
                del self._buckets[name]
        return self._burst, now
