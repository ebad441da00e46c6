"""The series a process has met, by the bytes that name them; bounded, and rebuilt from what comes next when full."""

from __future__ import annotations

from truenorth.collect.receive.batch import Series

# Beside the bytes themselves: the objects around them, and the series with its labels as text.
_OVERHEAD = 400


class Recall:
    """Series by their bytes, up to `room` bytes of memory; when that is used up, all is forgotten and met again."""

    def __init__(self, room: int = 192 << 20) -> None:
        self._room = room
        self._used = 0
        self._series: dict[bytes, Series] = {}

    def __len__(self) -> int:
        return len(self._series)

    def all(self, keys: list[bytes]) -> list[Series | None]:
        """The series of each key, None where it is not known."""
        return list(map(self._series.get, keys))

    def one(self, key: bytes) -> Series | None:
        """The series of a key."""
        return self._series.get(key)

    def keep(self, key: bytes, series: Series) -> Series:
        """Remember a series from now on, and give the one that was kept first."""
        held = self._series.get(key)
        if held is not None:
            return held
        self._used += 2 * len(key) + _OVERHEAD
        if self._used > self._room:
            self._series.clear()
            self._used = 2 * len(key) + _OVERHEAD
        self._series[key] = series
        return series
