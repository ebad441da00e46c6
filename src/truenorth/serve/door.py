"""Which source a capture key belongs to: looked up in memory, read anew at most once a second."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import Protocol

from truenorth.base.errors import AccessError

EVERY, NOTED = 1.0, 10.0

log = logging.getLogger("truenorth.capture")


class Ring(Protocol):
    """The keys of a workspace."""

    def refresh(self) -> None:
        """Read them anew."""

    def verify(self, text: str) -> str | None:
        """The source of a key that counts."""

    def note_used(self, now: datetime) -> None:
        """Write down which were used."""


class Door:
    """Asks a ring of keys. A key that is not known is looked for once more, so that a new one counts at once."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._read = -EVERY
        self._noted = time.monotonic()
        self._asked = False
        self._turn = asyncio.Lock()
        self._failing = ""

    async def source(self, key: str) -> str | None:
        """The source of a key, or None."""
        self._asked = True
        found = self._ring.verify(key)
        if found is None and key and time.monotonic() - self._read >= EVERY:
            await self._refresh()
            found = self._ring.verify(key)
        return found

    async def tick(self) -> None:
        """Once a second: read the keys if anybody came, so that one that was revoked counts no more."""
        if self._asked and time.monotonic() - self._read >= EVERY:
            self._asked = False
            await self._refresh()
        if time.monotonic() - self._noted >= NOTED:
            await self.note()

    async def note(self) -> None:
        """Write down which keys were used."""
        self._noted = time.monotonic()
        try:
            await asyncio.to_thread(self._ring.note_used, datetime.now(UTC).replace(tzinfo=None))
        except AccessError as error:
            self._say(error)

    async def _refresh(self) -> None:
        async with self._turn:
            if time.monotonic() - self._read < EVERY:
                return
            try:
                await asyncio.to_thread(self._ring.refresh)
            except AccessError as error:
                # The keys read last still count.
                self._say(error)
            else:
                self._failing = ""
            self._read = time.monotonic()

    def _say(self, error: AccessError) -> None:
        if str(error) != self._failing:
            self._failing = str(error)
            log.error("the capture keys cannot be read: %s", error)
