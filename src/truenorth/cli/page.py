"""`truenorth serve`: the pages of a workspace on this machine."""

from __future__ import annotations

from pathlib import Path

from truenorth import workspace
from truenorth.cli import say
from truenorth.cli.collecting import Collecting, collector_of
from truenorth.cli.loading import loading
from truenorth.cli.place import workspace_folder
from truenorth.cli.pulling import pulling
from truenorth.serve.app import guarded
from truenorth.serve.guard import loopback
from truenorth.serve.live import Live
from truenorth.serve.run import free_port, leave
from truenorth.serve.run import serve as run
from truenorth.web.app import pages


def serve(folder: str, host: str, port: int, collecting: Collecting) -> None:
    """Serve until Ctrl-C."""
    address = loopback(host)
    place = workspace_folder(folder)
    live = Live(place, lambda: workspace.open(place))
    chosen = free_port(address, port)
    if port and chosen != port:
        say.aside(f"port {port} is taken, so the next free one is used")
    beside = collector_of(place, collecting)
    try:
        with loading(place), pulling(place, live):
            run(guarded(live, pages), place, address, chosen, lambda url: announce(place, url), beside)
    finally:
        live.close()
    say.aside("stopped")
    leave()


def announce(place: Path, url: str) -> None:
    """Say where the pages are, once they answer."""
    say.out(f"{place.resolve().name} is served on {url} (this machine only); Ctrl-C stops it")
