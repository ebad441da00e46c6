"""Delimited files with titles above their names and totals below their rows, as reports are exported."""

from __future__ import annotations

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.unit.collect.conftest import NOW
from truenorth.collect.dialect import dialect_of
from truenorth.collect.files import import_files
from truenorth.collect.report import Options
from truenorth.store.duckdb import DuckDB

Desk = Any
ROWS = "".join(f'2026-01-{n:02},Brand,"{n},500",{n}.25\n' for n in range(1, 29))
REPORT = f'Campaign report\n"January 1, 2026 - January 28, 2026"\n\nDay,Campaign,Impr.,Cost\n{ROWS}'
TOTALS = ' --,Total: Campaigns,"406,000",413.00\n --,Total: Account,"406,000",413.00\n'


def test_titles_and_totals_are_left_out_and_said(desk: Desk) -> None:
    report = desk.load(REPORT + TOTALS, decimal="point")
    assert (report.read, report.loaded, report.rejected) == (28, 28, 0)
    assert desk.types(report) == ["date", "text", "integer", "decimal(18,2)"]
    assert desk.rows('SELECT min("Day"), sum("Cost") FROM t') == [(date(2026, 1, 1), Decimal("413.00"))]
    assert report.notes == (
        'left out above the names: line 1 ("Campaign report"), 2 ("January 1, 2026 - January 28, 2026")',
        'left out below the rows: line 33 ("Total: Campaigns"), 34 ("Total: Account")',
    )


def test_a_row_that_does_not_fit_keeps_its_line_in_the_file(desk: Desk) -> None:
    report = desk.load(REPORT + "2026-01-29,Brand,many,1.25\n2026-01-30,Brand\n" + TOTALS, decimal="point")
    assert (report.loaded, report.rejected) == (28, 2)
    assert sorted(row[0] for row in desk.rejects(report)) == ["33", "34"]


def test_titles_padded_to_the_width_of_the_table_and_a_total_with_a_sign(desk: Desk) -> None:
    rows = "".join(f"01/{n:02}/2026,Invoice,10{n:02},Ada,,{n}.50,\n" for n in range(13, 29))
    head = "Craft Supply,,,,,,\nJournal,,,,,,\n\nDate,Type,Num,Name,Memo,Debit,Credit\n"
    report = desk.load(head + rows + "TOTAL,,,,,$336.00,$336.00\n")
    assert (report.loaded, report.rejected) == (16, 0)
    assert desk.types(report)[0] == "date"
    assert report.notes[1] == 'left out below the rows: line 21 ("TOTAL")'


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_a_total_alone_and_other_signs_between_columns(desk: Desk, name: str) -> None:
    rows = "".join(f"2026-01-{n:02};web;{n}\n" for n in range(1, 29))
    text = f"Ausgaben 2026\nTag;Kanal;Kosten\n{rows}Summe;;406\n".encode()
    assert desk.load(gzip.compress(text) if name.endswith(".gz") else text, name).loaded == 28
    alone = desk.load(f"day;channel;cost\n{rows}Summe;;406\n", "u.csv", table="u")
    assert alone.loaded == 28 and alone.notes[0] == 'left out below the rows: line 30 ("Summe")'


@pytest.mark.parametrize(
    "text",
    [
        ",value\n0,1.5\n1,2.5\n2,3.5\n",
        "note\nhello, world\nit is, as they say, fine\nwell, so be it\n",
        "name,n\nTotal recall,1\nSum,\nx,2\n",
        "a,b,c\nx,y,z\nu,v,w\ns,t,r\n",
        "name\nday,n\n",
        "key,value,\nplan,pro,\nsize,5,\n",
        "id,name,country,plan\n1,Ada,,\n2,Bob,DE,pro\n3,Cy,AT,pro\n",
        ",,x\na,b,1\nc,d,2\n",
    ],
)
def test_what_only_looks_like_titles_and_totals_stays(desk: Desk, text: str) -> None:
    dialect = dialect_of(desk.file("t.csv", text), Options())
    assert (dialect.above, dialect.below) == ((), ())


def test_many_reports_come_in_together(tmp_path: Path) -> None:
    engine = DuckDB(folder=tmp_path)
    for at in range(8):
        (tmp_path / f"r{at}.csv").write_text(REPORT.replace("Brand", f"c{at}") + TOTALS, "utf-8")
    files = sorted(tmp_path.glob("r*.csv"))
    report = import_files(engine, tmp_path, "t", files, Options(decimal="point"), NOW)
    assert (report.loaded, report.rejected) == (8 * 28, 0)
    assert all("Total: Account" in " ".join(one.notes) for one in report.files)
    engine.close()
