"""`.truenorth/serve.json`: where the pages of a workspace are served, for whoever else works with it."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

NAME = "serve.json"


def write_note(folder: Path, url: str) -> Path:
    """Say where this process serves; only its user may read it."""
    return _write(folder, {"url": url, "pid": os.getpid()})


def note_capture(folder: Path, url: str, pid: int) -> None:
    """Say as well where and in which process events are collected, if this process has its note there."""
    with suppress(OSError, ValueError):
        told = json.loads((folder / ".truenorth" / NAME).read_text("utf-8"))
        if told["pid"] == os.getpid():
            _write(folder, {**told, "capture": {"url": url, "pid": pid}})


def _write(folder: Path, told: dict[str, Any]) -> Path:
    home = folder / ".truenorth"
    home.mkdir(exist_ok=True)
    fresh = home / f"{NAME}.{os.getpid()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(told, file)
        file.write("\n")
    os.replace(fresh, home / NAME)
    return home / NAME


def remove_note(path: Path) -> None:
    """Take the note away, unless another process has written its own since."""
    with suppress(OSError, ValueError):
        if json.loads(path.read_text("utf-8")).get("pid") == os.getpid():
            path.unlink()
