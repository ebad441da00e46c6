"""Clients as their makers publish them, a collector that they send to, and the warehouse in which all is to be found."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.clients.station import Post, Station, keys_of
from tests.unit.serve.collecting import Collecting, workspace

PACKAGE = Path(__file__).with_name("package.json")


@pytest.fixture(scope="session")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """A workspace that collects in a process of its own."""
    folder = tmp_path_factory.mktemp("clients") / "shop"
    workspace(folder)
    keys = keys_of(folder, 100)
    with Collecting(folder) as collecting:
        opened = Post(folder, keys, collecting.line)
        yield opened
        opened.engine.close()


@pytest.fixture
def station(post: Post) -> Station:
    """A source of its own in the workspace that collects."""
    return post.station()


@pytest.fixture(scope="session")
def modules() -> Path:
    """The folder of the clients' JavaScript packages, installed once for their versions, outside of the repository."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node: node and npm are not on the PATH")
    mark = hashlib.sha256(PACKAGE.read_bytes()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "truenorth" / f"clients-{mark}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(dir=folder.parent))
        shutil.copy(PACKAGE, place)
        quiet = ("--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        ran = subprocess.run([npm, "install", *quiet], cwd=place, capture_output=True, text=True, timeout=300)
        if ran.returncode:
            pytest.skip("npm: the clients' packages cannot be installed")
        # Whole or not at all: another process of the same run may have been quicker.
        with contextlib.suppress(OSError):
            place.rename(folder)
    return folder / "node_modules"


@pytest.fixture
def node(modules: Path, station: Station) -> Callable[[str], None]:
    """Run a script beside this file with the collector's address, a key, a user's id and a device's."""

    def run(script: str) -> None:
        command = [
            "node",
            str(Path(__file__).with_name(script)),
            station.url,
            station.key,
            station.user,
            station.device,
        ]
        environment = {**os.environ, "NODE_PATH": str(modules)}
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stdout + ran.stderr

    return run


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing of it."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A web site of one's own: its folder and its address."""
    folder = tmp_path / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
