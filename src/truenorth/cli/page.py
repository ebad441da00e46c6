"""`truenorth serve`: the pages of a workspace, for this machine or behind a password for others."""

from __future__ import annotations

from pathlib import Path

from truenorth import workspace
from truenorth.access.state import state_of
from truenorth.cli import say
from truenorth.cli.collecting import Collecting, collector_of
from truenorth.cli.loading import loading
from truenorth.cli.place import workspace_folder
from truenorth.cli.pulling import pulling
from truenorth.serve.app import gated
from truenorth.serve.guard import host_of, is_loopback
from truenorth.serve.live import Live
from truenorth.serve.place import Listening, address_of, entrance_of, hosts_of, invitation_lines, shown_url
from truenorth.serve.run import free_port, leave
from truenorth.serve.run import serve as run
from truenorth.web.app import pages
from truenorth.web.entrance import Entrance


def serve(folder: str, asked: Listening, collecting: Collecting) -> None:
    """Serve until Ctrl-C."""
    address = address_of(asked.host)
    place = workspace_folder(folder)
    entrance = entrance_of(place, state_of(place), asked, workspace.wall_clock)
    chosen = free_port(address, asked.port)
    if asked.port and chosen != asked.port:
        say.aside(f"port {asked.port} is taken, so the next free one is used")
    live = Live(place, lambda: workspace.open(place))
    app = gated(live, lambda opened, problems: pages(opened, problems, entrance), entrance, hosts_of(asked))
    beside = collector_of(place, collecting)
    try:
        with loading(place), pulling(place, live):
            run(app, place, address, chosen, lambda url: announce(place, shown_url(asked, url), entrance), beside)
    finally:
        live.close()
        entrance.state.close()
    say.aside("stopped")
    leave()


def announce(place: Path, url: str, entrance: Entrance) -> None:
    """Say where the pages are and for whom, once they answer."""
    whom = "with a password" if entrance.needed else "this machine only"
    for line in invitation_lines(entrance, url):
        say.aside(line)
    if entrance.needed and url.startswith("http://") and not is_loopback(host_of(url.removeprefix("http://"))):
        say.aside("without https, others on the same network can read along; --public-url is for a web server in front")
    if entrance.public_url and not entrance.proxies:
        say.aside("without --trusted-proxy, the address of the web server in front, all visitors count as one:")
        say.aside("  who guesses at the password makes everybody wait whose browser is not known yet")
    say.out(f"{place.resolve().name} is served on {url} ({whom}); Ctrl-C stops it")
