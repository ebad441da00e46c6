"""Other tools, each in a virtual environment of its own, asked the same questions in the same run."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from bench.data import shop

HERE = Path(__file__).parent
ENVIRONMENTS = HERE / ".peers"

NEEDS = {
    "sidemantic": ("sidemantic==0.13.*",),
    "boring-semantic-layer": ("boring-semantic-layer==0.3.18", "ibis-framework[duckdb]<12"),
    "dbt-metricflow": ("dbt-metricflow==0.15.*", "dbt-core<1.12", "dbt-duckdb"),
}
SCRIPTS = {
    "sidemantic": "ask_sidemantic.py",
    "boring-semantic-layer": "ask_boring.py",
    "dbt-metricflow": "ask_metricflow.py",
}


class PeerMissing(Exception):
    """A tool that could not be installed or asked, with its own last words."""


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    said = (done.stderr or done.stdout).strip().splitlines()
    return said[-1][:200] if said else f"exit {done.returncode}"


@cache
def environment(name: str) -> Path:
    """The folder with a tool's commands, installed when it is not there yet."""
    folder = ENVIRONMENTS / name
    ready = folder / "ready"
    if not ready.exists():
        print(f"installing {name} …", file=sys.stderr)
        ENVIRONMENTS.mkdir(exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        done = subprocess.run(
            [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *NEEDS[name]],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise PeerMissing(f"{name} cannot be installed: {last_words(done)}")
        ready.touch()
    return folder / "bin"


@cache
def answers(name: str) -> dict[str, Any]:
    """What a tool's script says: its compile times and its rows."""
    script = HERE / "peers" / SCRIPTS[name]
    done = subprocess.run(
        [environment(name) / "python", script, shop().resolve()], capture_output=True, text=True, timeout=600
    )
    if done.returncode:
        raise PeerMissing(f"{name} cannot be asked: {last_words(done)}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
