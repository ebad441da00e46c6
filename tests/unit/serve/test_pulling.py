"""Pulling beside the pages: what is due, in a thread of its own, through failures."""

from __future__ import annotations

import time
from pathlib import Path

from truenorth import workspace
from truenorth.cli.pulling import pulling
from truenorth.serve.live import Live
from truenorth.serve.pulling import Pulling


def test_a_failure_does_not_keep_the_others() -> None:
    pulled: list[str] = []

    def pull(name: str) -> str:
        pulled.append(name)
        if name == "bad":
            raise OSError("no")
        return "worry" if name == "odd" else ""

    pulling_ = Pulling(lambda: ("bad", "odd", "good"), pull)
    pulling_.look()
    assert pulled == ["bad", "odd", "good"]


def test_when_nobody_can_tell_what_is_due_it_waits() -> None:
    def due() -> tuple[str, ...]:
        raise OSError("no")

    Pulling(due, lambda _: "").look()


def test_after_the_end_nothing_is_begun() -> None:
    pulled: list[str] = []

    def pull(name: str) -> str:
        pulled.append(name)
        beside.stop()
        return ""

    beside = Pulling(lambda: ("a", "b"), pull)
    beside.look()
    assert pulled == ["a"]


def test_served_sources_come_in_by_themselves(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\n", "utf-8")
    (tmp_path / "metrics" / "a.yml").write_text(
        "version: 1\nsources: [{name: till, type: files, files: till.csv, every: 1 hour}]\n", "utf-8"
    )
    (tmp_path / "till.csv").write_text("id,n\n1,1\n", "utf-8")
    live = Live(tmp_path, lambda: workspace.open(tmp_path))
    with pulling(tmp_path, live, look=0.05):
        last = time.monotonic() + 60
        while not any(line.loaded for line in live.current.data.loads()):
            assert time.monotonic() < last
            time.sleep(0.05)
    assert live.current.data.due() == ()
    live.close()
