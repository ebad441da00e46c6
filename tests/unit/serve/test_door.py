"""Keys are looked up in memory; a new one is found at once, and the last ones count while they cannot be read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from datetime import datetime

import pytest

from truenorth.base.errors import AccessError
from truenorth.serve import door
from truenorth.serve.door import Door


class Keys:
    """A ring of keys that are made and cannot always be read."""

    def __init__(self, *held: str) -> None:
        self.held = held
        self.known: tuple[str, ...] = ()
        self.read = 0
        self.noted: list[datetime] = []
        self.failing = False

    def refresh(self) -> None:
        self.read += 1
        if self.failing:
            raise AccessError("E_STATE_FAILED", "the state is away")
        self.known = self.held

    def verify(self, text: str) -> str | None:
        return "web" if text in self.known else None

    def note_used(self, now: datetime) -> None:
        if self.failing:
            raise AccessError("E_STATE_FAILED", "the state is away")
        self.noted.append(now)


def run(task: Coroutine[object, object, None]) -> None:
    asyncio.run(task)  # type: ignore[arg-type]


def test_keys_are_read_at_most_once_a_second() -> None:
    ring = Keys("a")

    async def ask() -> None:
        asked = Door(ring)
        assert await asked.source("a") == "web"
        assert [await asked.source("b") for _ in range(50)] == [None] * 50
        await asyncio.gather(*(asked.source("c") for _ in range(20)))
        await asked.tick()
        assert ring.read == 1

    run(ask())


def test_many_unknown_keys_at_once_are_one_reading() -> None:
    ring = Keys("a")

    async def ask() -> None:
        asked = Door(ring)
        assert await asyncio.gather(*(asked.source("a") for _ in range(20))) == ["web"] * 20
        assert ring.read == 1

    run(ask())


def test_without_a_key_nothing_is_read() -> None:
    ring = Keys("a")

    async def ask() -> None:
        assert await Door(ring).source("") is None
        assert ring.read == 0

    run(ask())


def test_a_key_that_was_revoked_counts_until_the_next_second(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Keys("a")
    monkeypatch.setattr(door, "EVERY", 0.0)

    async def ask() -> None:
        asked = Door(ring)
        assert await asked.source("a") == "web"
        ring.held = ()
        assert await asked.source("a") == "web"
        await asked.tick()
        assert await asked.source("a") is None

    run(ask())


def test_the_last_keys_count_while_they_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ring = Keys("a")
    monkeypatch.setattr(door, "EVERY", 0.0)

    async def ask() -> None:
        asked = Door(ring)
        assert await asked.source("a") == "web"
        ring.failing = True
        for _ in range(3):
            await asked.tick()
            assert await asked.source("a") == "web"
        assert await asked.source("b") is None
        await asked.note()
        ring.failing = False
        await asked.note()

    with caplog.at_level(logging.ERROR):
        run(ask())
    assert len(caplog.records) == 1 and len(ring.noted) == 1


def test_which_keys_were_used_is_noted_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Keys("a")

    async def ask() -> None:
        asked = Door(ring)
        await asked.tick()
        assert ring.noted == []
        monkeypatch.setattr(door, "NOTED", 0.0)
        await asked.tick()
        assert len(ring.noted) == 1

    run(ask())
