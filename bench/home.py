"""The home page of a company of a million events: server time, when the data has changed and when it has not."""

from __future__ import annotations

import asyncio
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import httpx

from bench.data import FOLDER
from bench.engine import Measure
from bench.figure import Figure
from bench.peer import PeerMissing
from truenorth import workspace
from truenorth.web.app import pages

CARDS = 24
BARS = {"engine.home_changed_ms": 400.0, "engine.home_same_ms": 40.0}


@cache
def acme() -> Path:
    """The example company with its million events, built once."""
    folder = FOLDER / "acme"
    if not (folder / "built").exists():
        subprocess.run(
            [sys.executable, "-m", "truenorth.cli.main", "demo", str(folder)], check=True, stdout=subprocess.DEVNULL
        )
        (folder / "built").touch()
    return folder


async def page_times(app: object, before: Callable[[], None], turns: int) -> list[float]:
    """How long each view of the home page takes inside the server, after `before` has been done."""
    times = []
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for turn in range(turns + 2):
            before()
            started = time.perf_counter()
            reply = await client.get("/")
            taken = time.perf_counter() - started
            assert reply.status_code == 200, reply.text[:500]
            cards = len(set(re.findall(r'href="/m/(\w+)', reply.text)))
            assert cards >= CARDS, f"{cards} cards on the page"
            if turn >= 2:
                times.append(taken * 1000)
    return times


def viewed(name: str, change: bool) -> Iterator[Figure | PeerMissing]:
    """The home page; before each view a row is written when `change` says so, as an import would."""
    with workspace.open(acme(), read_only=False) as opened:
        app = pages(opened)

        def write() -> None:
            opened._engine.write(
                "INSERT INTO annotations SELECT 1 + max(annotation_id), max(happened_on), 'bench', 'note', NULL"
                " FROM annotations"
            )

        times = asyncio.run(page_times(app, write if change else lambda: None, 9 if change else 25))
    yield Figure(name, statistics.median(times), "ms", bar=BARS[name])


def changed(name: str) -> Iterator[Figure | PeerMissing]:
    yield from viewed(name, change=True)


def same(name: str) -> Iterator[Figure | PeerMissing]:
    yield from viewed(name, change=False)


FIGURES: dict[str, Measure] = {"engine.home_changed_ms": changed, "engine.home_same_ms": same}
