"""The day's salt: the same all day, also after a restart, another tomorrow, and yesterday's is gone."""

from __future__ import annotations

from pathlib import Path

from truenorth.serve.salt import Salt

DAY = 86_400_000_000


def test_a_salt_is_of_its_day(tmp_path: Path) -> None:
    path = tmp_path / "visitors.salt"
    salt = Salt(path)
    first = salt.of(20_000 * DAY)
    assert len(first) == 32 and salt.of(20_001 * DAY - 1) == first == Salt(path).of(20_000 * DAY + 5)
    assert path.stat().st_mode & 0o777 == 0o600
    second = salt.of(20_001 * DAY)
    assert second != first and first.hex() not in path.read_text()
    # A clock that is set back finds no older salt, for there is none.
    assert salt.of(20_000 * DAY) == second


def test_a_spoilt_file_and_a_folder_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "visitors.salt"
    path.write_text("yesterday")
    assert Salt(path).of(20_000 * DAY) == Salt(path).of(20_000 * DAY)
    salt = Salt(tmp_path / "none" / "visitors.salt")
    assert salt.of(DAY) == salt.of(DAY) and len(salt.of(DAY)) == 32
