"""`truenorth pull` from the terminal: what it says, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from truenorth.cli.main import main

SOURCES = """version: 1
sources:
  - {name: till, type: files, files: "till-*.csv"}
  - {name: gone, type: files, files: gone.csv}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\n", "utf-8")
    (tmp_path / "metrics" / "sources.yml").write_text(SOURCES, "utf-8")
    rows = "".join(f"{number},{number}\n" for number in range(30))
    (tmp_path / "till-1.csv").write_text(f"id,n\n{rows}30,many\n", "utf-8")
    (tmp_path / "till-2.csv").write_text("id,n\n40,40\n", "utf-8")
    return tmp_path


def pull(shop: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        raise SystemExit(main(["pull", *words, "-w", str(shop)]))
    return int(str(ended.value.code))


def test_every_table_has_its_line_and_what_is_to_be_seen_to(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pull(shop) == 1
    said = capsys.readouterr().out
    assert "till → till: 31 rows loaded, 1 rejected in" in said
    assert "  till-1.csv: 30 of 31 rows\n" in said
    assert "  1 row rejected; it is kept with the reasons in " in said
    assert "gone → gone: failed\n  E_FILE_NOT_FOUND: no file" in said


def test_only_what_is_named(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pull(shop, "till")
    capsys.readouterr()
    assert pull(shop, "till") == 0
    assert "till → till: nothing new in" in capsys.readouterr().out
    assert pull(shop, "till", "--full") == 1
    assert "31 rows loaded, 31 replaced, 1 rejected" in capsys.readouterr().out


def test_a_long_list_is_cut(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(100, 130):
        (shop / f"till-{number}.csv").write_text(f"id,n\n{number},1\n", "utf-8")
    pull(shop, "till")
    assert "  … and 12 more\n" in capsys.readouterr().out


def test_a_name_that_is_none(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pull(shop, "tll") == 2
    assert "E_NO_SOURCE" in capsys.readouterr().err
