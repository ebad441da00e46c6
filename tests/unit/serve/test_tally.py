"""What came in is counted by source and dialect, and told in a file."""

from __future__ import annotations

import json
from pathlib import Path

from truenorth.serve.tally import MINUTE, MINUTES, SECONDS, Tally, write_status

START = 1_800_000_000_000_000 // MINUTE * MINUTE


def test_rates_are_those_of_the_last_minute_and_hour() -> None:
    tally = Tally()
    for second in range(90):
        tally.kept("web", "native", 2, 10, START + second * 1_000_000)
        told = tally.shown(START + second * 1_000_000)
    [line] = told["sources"]
    assert (line["requests"], line["events"], line["bytes"]) == (90, 180, 900)
    assert line["per_minute"] == 2 * SECONDS
    assert line["minutes"][-2:] == [120, 60] and sum(line["minutes"]) == 180 and len(line["minutes"]) == MINUTES
    assert line["last_seen"] == START + 89 * 1_000_000
    later = START + 2 * MINUTES * MINUTE
    for _ in range(SECONDS):
        told = tally.shown(later)
    [line] = told["sources"]
    assert (line["per_minute"], sum(line["minutes"]), line["events"]) == (0, 0, 180)
    assert len(tally.lines["web", "native"].minutes) == 0


def test_what_was_turned_away_is_counted_by_reason() -> None:
    tally = Tally()
    tally.refuse("web", "segment", "E_BAD")
    tally.deny("web", "segment", "E_SPOOL_FULL")
    tally.deny("", "segment", "E_WRONG_KEY")
    tally.deny("", "", "E_NOT_COLLECTED")
    told = tally.shown(START)
    assert (told["sources"][0]["refused"], told["sources"][0]["denied"]) == ({"E_BAD": 1}, {"E_SPOOL_FULL": 1})
    assert told["denied"] == {"segment E_WRONG_KEY": 1, "E_NOT_COLLECTED": 1}


def test_the_file_is_private_and_whole(tmp_path: Path) -> None:
    for number in range(3):
        write_status(tmp_path, {"number": number})
    file = tmp_path / "capture.json"
    assert (json.loads(file.read_text("utf-8")), file.stat().st_mode & 0o777) == ({"number": 2}, 0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["capture.json"]
