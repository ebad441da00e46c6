"""Pulling files: each content once, a changed file in place of what it was, in one transaction."""

from __future__ import annotations

import gzip
import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from truenorth.base.errors import SourceError
from truenorth.collect.pull.lock import alone

Well = Any
TILL = 'name: till, type: files, files: "exports/till-*.csv"'
HEAD = "id,amount,day\n"


def states(report: Any) -> list[tuple[str, str]]:
    return [(piece.piece.rpartition("/")[2], piece.state) for piece in report.pieces]


def test_new_files_come_in_once(well: Well) -> None:
    well.define(TILL)
    well.file("exports/till-1.csv", HEAD + "1,1.50,2026-01-05\n2,2.50,2026-01-06\n")
    report = well.pull()
    assert (report.table, report.loaded, report.failed) == ("till", 2, False)
    assert well.rows("SELECT id, amount, day, _load_id FROM till ORDER BY id") == [
        (1, Decimal("1.50"), date(2026, 1, 5), 1),
        (2, Decimal("2.50"), date(2026, 1, 6), 1),
    ]
    assert states(well.pull()) == [("till-1.csv", "unchanged")]
    well.file("exports/till-2.csv", HEAD + "3,3.00,2026-01-07\n")
    assert states(well.pull()) == [("till-1.csv", "unchanged"), ("till-2.csv", "loaded")]
    assert well.rows("SELECT sum(amount) FROM till") == [(Decimal("7.00"),)]
    assert [(one.source, one.kind, one.file, one.loaded) for one in well.loads()] == [
        ("till", "file", "exports/till-2.csv", 1),
        ("till", "file", "exports/till-1.csv", 2),
    ]


def test_a_changed_file_replaces_its_rows(well: Well) -> None:
    well.define(TILL)
    well.file("exports/till-1.csv", HEAD + "1,1,2026-01-05\n2,2,2026-01-05\n")
    well.file("exports/till-2.csv", HEAD + "9,9,2026-01-09\n")
    well.pull()
    well.file("exports/till-1.csv", HEAD + "1,1,2026-01-05\n2,5,2026-01-05\n3,3,2026-01-05\n")
    report = well.pull()
    assert (report.loaded, report.replaced) == (3, 2)
    assert well.rows("SELECT id, amount FROM till ORDER BY id") == [(1, 1), (2, 5), (3, 3), (9, 9)]
    assert [(one.load_id, one.replaced_by) for one in well.loads()] == [(3, 0), (2, 0), (1, 3)]


def test_a_file_that_was_written_again_as_it_was_is_unchanged(well: Well) -> None:
    well.define(TILL)
    path = well.file("exports/till-1.csv", HEAD + "1,1,2026-01-05\n")
    well.pull()
    os.utime(path, ns=(1, 1))
    assert states(well.pull()) == [("till-1.csv", "unchanged")]
    assert len(well.loads()) == 1


def test_a_copy_counts_once_and_may_change_later(well: Well) -> None:
    well.define(TILL)
    first = well.file("exports/till-1.csv", HEAD + "1,1,2026-01-05\n")
    well.pull()
    first.rename(first.with_name("till-2.csv"))
    assert states(well.pull()) == [("till-2.csv", "unchanged")]
    well.file("exports/till-2.csv", HEAD + "1,1,2026-01-05\n2,2,2026-01-05\n")
    well.pull()
    assert well.rows("SELECT id FROM till ORDER BY id") == [(1,), (2,)]


def test_contents_that_change_places_stay_once_each(well: Well) -> None:
    well.define(TILL)
    one, two, three = (HEAD + f"{n},{n},2026-01-05\n" for n in (1, 2, 3))
    well.file("exports/till-1.csv", one)
    well.file("exports/till-2.csv", two)
    well.pull()
    well.file("exports/till-1.csv", two)
    well.file("exports/till-2.csv", three)
    well.pull()
    assert well.rows("SELECT id FROM till ORDER BY id") == [(2,), (3,)]
    well.file("exports/till-1.csv", one)
    well.pull()
    assert well.rows("SELECT id FROM till ORDER BY id") == [(1,), (3,)]


def test_a_file_that_goes_keeps_its_rows(well: Well) -> None:
    well.define(TILL)
    path = well.file("exports/till-1.csv", HEAD + "1,1,2026-01-05\n")
    well.pull()
    path.unlink()
    report = well.pull()
    assert not report.failed and report.pieces[0].notes == ("no file matches",)
    assert well.rows("SELECT count(*) FROM till") == [(1,)]


def test_full_reads_everything_again(well: Well) -> None:
    well.define(TILL)
    well.file("exports/till-1.csv", HEAD + "1,1,2026-01-05\n")
    well.pull()
    report = well.pull(full=True)
    assert (report.loaded, report.replaced) == (1, 1)
    assert well.rows("SELECT id, _load_id FROM till") == [(1, 2)]


def test_columns_may_come_and_go(well: Well) -> None:
    well.define(TILL)
    well.file("exports/till-1.csv", "id,amount\n1,10\n")
    well.pull()
    well.file("exports/till-2.csv", "id,tip\n2,0.50\n")
    report = well.pull()
    assert set(report.pieces[1].notes) == {
        "new column: tip (no value in rows that came before)",
        "missing: amount (no value in these rows)",
    }
    assert well.rows("SELECT id, amount, tip FROM till ORDER BY id") == [(1, 10, None), (2, None, Decimal("0.50"))]


def test_a_file_without_rows_is_nothing_new_until_it_has_some(well: Well) -> None:
    well.define(TILL)
    well.file("exports/till-1.csv", HEAD)
    report = well.pull()
    assert (report.failed, report.pieces[0].state) == (False, "unchanged")
    assert "till" not in well.engine.tables()
    well.file("exports/till-1.csv", HEAD + "1,1.5,2026-01-05\n")
    assert well.pull().loaded == 1
    well.file("exports/till-1.csv", HEAD)
    assert well.pull().replaced == 1
    well.file("exports/till-1.csv", HEAD + "2,2.5,2026-01-05\n")
    well.pull()
    assert well.rows("SELECT amount FROM till") == [(Decimal("2.50"),)]


def test_the_first_values_of_a_column_decide_its_type(well: Well) -> None:
    well.define(TILL)
    well.file("exports/till-1.csv", "id,refund,note\n1,,\n2,,\n")
    well.pull()
    well.file("exports/till-2.csv", "id,refund,note\n3,1.50,x\n")
    well.pull()
    well.file("exports/till-3.csv", "id,refund,note\n4,2.25,7\n")
    well.pull()
    assert well.rows("SELECT sum(refund), max(note) FROM till") == [(Decimal("3.75"), "x")]


def test_bad_rows_are_kept_and_bad_files_do_not_stop_others(well: Well) -> None:
    well.define(TILL)
    well.file("exports/till-1.csv", HEAD + "".join(f"{n},{n},2026-01-05\n" for n in range(30)) + "30\n")
    well.file("exports/till-2.csv", b"PAR1")
    well.file("exports/till-3.csv", HEAD + "99,9,2026-01-05\n")
    report = well.pull()
    assert sorted(states(report)) == [("till-1.csv", "loaded"), ("till-2.csv", "refused"), ("till-3.csv", "loaded")]
    assert (report.loaded, report.rejected, report.failed) == (31, 1, True)
    assert "30" in report.pieces[1].rejects.read_text()
    assert "E_FILE_UNREADABLE" in report.pieces[0].notes[0]


def test_every_kind_of_file(well: Well, tmp_path: Path) -> None:
    import openpyxl

    rows = [(1, "007", 19.99, date(2026, 1, 5)), (2, "0123", 3.5, date(2026, 1, 6))]
    well.file("in/a.csv", "id,zip,amount,day\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n")
    well.file("in/b.tsv.gz", gzip.compress(b"id\tzip\tamount\tday\n3\t003\t1.25\t2026-01-07\n"))
    well.file("in/c.jsonl", '{"id": 4, "zip": "004", "amount": 1.5, "day": "2026-01-08"}\n')
    well.file("in/d.json", '[{"id": 5, "zip": "005", "amount": 2.5, "day": "2026-01-09"}]')
    book = openpyxl.Workbook()
    book.active.append(["id", "zip", "amount", "day"])
    book.active.append([6, "006", 4.75, date(2026, 1, 10)])
    book.save(well.folder / "in" / "e.xlsx")
    well.engine.write(
        f"COPY (SELECT 7::BIGINT AS id, '007' AS zip, 1.10::DECIMAL(18,2) AS amount, DATE '2026-01-11' AS day) "
        f"TO '{well.folder}/in/f.parquet'"
    )
    well.file("in/notes.md", "not data")
    well.define("name: all, type: files, files: in, into: sales")
    report = well.pull()
    assert [state for _, state in states(report)] == ["loaded"] * 6
    assert well.rows("SELECT count(*), sum(amount), min(zip), max(day) FROM sales") == [
        (7, Decimal("34.59"), "003", date(2026, 1, 11))
    ]


def test_options_say_how_files_are_read(well: Well) -> None:
    well.define(f"{TILL}, dates: dmy, decimal: comma, delimiter: ;, column_types: {{id: text}}")
    well.file("exports/till-1.csv", "id;amount;day\n1;1,5;03/04/2026\n")
    well.pull()
    assert well.rows("SELECT id, amount, day FROM till") == [("1", Decimal("1.50"), date(2026, 4, 3))]


def test_a_table_that_something_else_filled_is_not_touched(well: Well) -> None:
    well.define(TILL)
    well.file("exports/till-1.csv", HEAD + "1,1,2026-01-05\n")
    well.engine.write("CREATE TABLE till (n INTEGER)")
    assert "E_TABLE_TAKEN" in well.pull().error
    assert well.loads()[0].kind == "failed"
    well.define(TILL + ", into: events")
    assert "E_TABLE_TAKEN" in well.pull().error


def test_with_full_a_table_is_replaced_whoever_filled_it(well: Well) -> None:
    well.define(TILL)
    well.file("exports/till-1.csv", HEAD + "1,1,2026-01-05\n")
    well.file("exports/till-2.csv", HEAD + "2,2,2026-01-05\n")
    well.engine.write("CREATE TABLE till AS SELECT 7 AS n")
    assert well.pull(full=True).loaded == 2
    assert well.rows("SELECT id, amount FROM till ORDER BY id") == [(1, 1), (2, 2)]
    assert not well.pull().failed


def test_one_pull_of_a_source_at_a_time(well: Well) -> None:
    well.define(TILL)
    well.file("exports/till-1.csv", HEAD + "1,1,2026-01-05\n")
    with alone(well.folder, "till"):
        assert "E_PULL_RUNNING" in well.pull().error
    assert well.pull().loaded == 1


def test_a_pull_that_goes_well_again_says_so(well: Well) -> None:
    well.define(TILL.replace("till-*.csv", "till.csv"))
    path = well.file("exports/till.csv", HEAD + "1,1,2026-01-05\n")
    well.pull()
    path.rename(path.with_suffix(".gone"))
    assert "E_FILE_NOT_FOUND" in well.pull().error
    path.with_suffix(".gone").rename(path)
    well.pull()
    assert [one.kind for one in well.loads("till")] == ["same", "failed", "file"]
    well.pull()
    assert len(well.loads("till")) == 3


def test_names_that_are_none(well: Well) -> None:
    with pytest.raises(SourceError) as raised:
        well.all()
    assert raised.value.code == "E_NO_SOURCE"
    well.define(TILL)
    with pytest.raises(SourceError) as raised:
        well.all("tll")
    assert (raised.value.code, raised.value.hint) == ("E_NO_SOURCE", 'did you mean "till"?')
