"""What `truenorth serve` starts beside the pages: the process that collects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from truenorth.cli import say
from truenorth.serve.guard import NAMES, is_loopback
from truenorth.serve.note import note_capture
from truenorth.serve.run import free_port
from truenorth.serve.supervise import Supervised


@dataclass(frozen=True)
class Collecting:
    """Where to collect; `wanted` is False for pages alone."""

    host: str = "127.0.0.1"
    port: int = 8322
    wanted: bool = True


def collector_of(place: Path, asked: Collecting) -> Supervised | None:
    """The collector of a workspace, not yet started; None when none is wanted."""
    if not asked.wanted:
        return None
    address = "127.0.0.1" if asked.host.lower() in NAMES else asked.host.strip("[]")
    port = free_port(address, asked.port)
    if asked.port and port != asked.port:
        say.aside(f"port {asked.port} is taken, so events are collected on the next free one")
    return Supervised(place, (address, port), lambda url, pid: announce(place, url, pid), say.aside)


def announce(place: Path, url: str, pid: int) -> None:
    """Say where events go, once they are taken."""
    note_capture(place, url, pid)
    host = url.rpartition(":")[0].partition("//")[2]
    whom = "this machine only" if is_loopback(host) else "for others too, who send with a key and can read nothing"
    say.out(f"events are collected on {url} ({whom})")
