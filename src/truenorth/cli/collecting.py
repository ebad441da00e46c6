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
    statsd: int | None = None
    statsd_host: str = "127.0.0.1"


def collector_of(place: Path, asked: Collecting) -> Supervised | None:
    """The collector of a workspace, not yet started; None when none is wanted."""
    if not asked.wanted:
        return None
    address = address_of(asked.host)
    port = free_port(address, asked.port)
    if asked.port and port != asked.port:
        say.aside(f"port {asked.port} is taken, so events are collected on the next free one")
    more = () if asked.statsd is None else (address_of(asked.statsd_host), str(asked.statsd))
    return Supervised(place, (address, port), lambda url, pid: announce(place, asked, url, pid), say.aside, more=more)


def address_of(host: str) -> str:
    """The address of a name of this machine."""
    return "127.0.0.1" if host.lower() in NAMES else host.strip("[]")


def announce(place: Path, asked: Collecting, url: str, pid: int) -> None:
    """Say where events go, once they are taken."""
    note_capture(place, url, pid)
    host = url.rpartition(":")[0].partition("//")[2]
    whom = "this machine only" if is_loopback(host) else "for others too, who send with a key and can read nothing"
    say.out(f"events are collected on {url} ({whom})")
    if asked.statsd is not None:
        say.out(f"StatsD is listened for at {address_of(asked.statsd_host)}:{asked.statsd}, over UDP and TCP")
