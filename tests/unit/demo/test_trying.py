"""The example company takes events like any other workspace, and its own story stays as it is."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

from truenorth import workspace
from truenorth.collect.spool.frame import Frame
from truenorth.collect.spool.segment import packed
from truenorth.collect.spool.writer import Spool

# 20 November 2026, noon: months after the story ended, as it is for whoever tries.
NOW = datetime(2026, 11, 20, 12)
NOON = 1_795_176_000_000_000
SENT = [{"event": "Tried", "id": "t1", "user_id": "me"}, {"event": "Tried", "id": "t2", "user_id": "you"}]


def test_what_is_sent_to_the_example_is_shown_and_counted_beside_its_story(acme: Path, tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    shutil.copytree(acme, folder)
    with workspace.open(folder, now=NOW) as opened:
        before = opened.query("revenue", "events", grain="month", range="3m")
    with workspace.open(folder, read_only=False, now=NOW) as opened:
        assert opened.data.begin() == folder / "metrics" / "collected.yml"
    spool = Spool(folder / ".truenorth" / "spool", lambda: NOON // 1000)
    spool.write([packed(Frame("web", "native", "", "/v1/events", "", NOON, 2, json.dumps(SENT).encode()))])
    spool.close()
    with workspace.open(folder, read_only=False, now=NOW) as opened:
        loaded = opened.data.loader().load()
        assert loaded is not None and loaded.loaded == 2
        assert {one.event for one in opened.data.events()} == {"Tried"}
    with workspace.open(folder, now=NOW) as opened:
        assert opened.check() == ()
        assert opened.query("event_count", by="source").table.rows == (("web", 2),)
        assert opened.query("new_users").table.rows == ((2,),)
        after = opened.query("revenue", "events", grain="month", range="3m")
        assert (after.table.rows, after.as_of) == (before.table.rows, before.as_of)
