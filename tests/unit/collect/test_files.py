"""Importing: every row is loaded or kept with its reason, the same content comes in once, all or nothing."""

from __future__ import annotations

import gzip
import json
import random
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from truenorth.base.errors import EngineError, SourceError
from truenorth.collect import landing, ledger
from truenorth.collect.files import import_files
from truenorth.collect.record import Dialect, delimited_records
from truenorth.collect.report import Options
from truenorth.store.duckdb import DuckDB

Desk = Any
NOW = datetime(2026, 7, 1, 12, 0)

GOOD = "id,amount,day\n1,1.50,2025-01-02\n2,2.5,2025-01-03\n"


def test_a_plain_file(desk: Desk) -> None:
    report = desk.load(GOOD)
    assert (report.state, report.read, report.loaded, report.rejected) == ("loaded", 2, 2, 0)
    assert [(column.name, column.type) for column in report.columns] == [
        ("id", "integer"),
        ("amount", "decimal(18,2)"),
        ("day", "date"),
    ]
    assert desk.rows() == [(1, Decimal("1.50"), date(2025, 1, 2)), (2, Decimal("2.50"), date(2025, 1, 3))]
    assert report.rejects is None


@pytest.mark.parametrize("name", ["t.csv", "t.txt", "T.CSV"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(desk: Desk, name: str, delimiter: str) -> None:
    desk.load(GOOD.replace(",", delimiter), name)
    assert desk.rows("SELECT sum(id), sum(amount) FROM t") == [(3, Decimal("4.00"))]


def test_zipped_is_the_same_content(desk: Desk) -> None:
    assert desk.load(gzip.compress(GOOD.encode()), "t.csv.gz").loaded == 2
    again = desk.load(GOOD, "other.csv")
    assert (again.state, again.read, again.loaded) == ("unchanged", 0, 0)
    assert "2026-07-01 (load 1)" in again.notes[0]
    assert desk.rows("SELECT count(*) FROM t") == [(2,)]


@pytest.mark.parametrize(
    "content", [GOOD, GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD, GOOD.rstrip("\n"), GOOD + "\n\n"]
)
def test_line_ends_and_byte_order_marks(desk: Desk, content: str) -> None:
    report = desk.load(content)
    assert (report.loaded, report.columns[0].name) == (2, "id")
    assert desk.rows("SELECT max(day) FROM t") == [(date(2025, 1, 3),)]


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-be"])
def test_unicode_text_of_spreadsheets_is_read(desk: Desk, coding: str) -> None:
    mark = "\ufeff" if coding != "utf-16" else ""
    report = desk.load(f'{mark}Straße;n\r\nKöln;1\r\n"a\r\nb";2\r\n'.encode(coding))
    assert (report.loaded, report.rejected) == (2, 0)
    assert desk.rows() == [("Köln", 1), ("a\r\nb", 2)]


def test_quoted_newlines_delimiters_and_quotes(desk: Desk) -> None:
    desk.load('a,b\n1,"x\ny"\n2,"x,y"\n3,"say ""hi"""\n4,\n')
    assert desk.rows() == [(1, "x\ny"), (2, "x,y"), (3, 'say "hi"'), (4, None)]


def test_double_and_blank_names(desk: Desk) -> None:
    report = desk.load("a, ,A,a_2,\n1,2,3,4,5\n")
    names = [column.name for column in report.columns]
    assert len({name.lower() for name in names}) == 5
    assert names[0] == "a"
    assert names[3] == "a_2"
    assert names[1] == "column_2"
    assert desk.rows() == [(1, 2, 3, 4, 5)]


def test_a_file_without_names(desk: Desk) -> None:
    report = desk.load("1,2025-01-02,x\n2,2025-01-03,y\n")
    assert report.loaded == 2
    assert [column.name for column in report.columns] == ["column_1", "column_2", "column_3"]
    assert any("no names" in note for note in report.notes)


def test_header_can_be_said(desk: Desk) -> None:
    assert desk.load("2024,2025\n1,2\n", header="yes").loaded == 1
    assert desk.load("a,b\nc,d\n", table="u", header="no").loaded == 2


def test_text_alone_has_a_header(desk: Desk) -> None:
    desk.load("name,city\nAda,London\n")
    assert desk.rows("SELECT city FROM t") == [("London",)]


def test_one_column(desk: Desk) -> None:
    report = desk.load("n\n1\n\n2\n")
    assert (report.loaded, desk.rows()) == (2, [(1,), (2,)])


# Bad rows


def test_bad_rows_are_kept_with_line_column_reason_and_text(desk: Desk) -> None:
    report = desk.load(
        b"id,amount\n1,1.5\n2\n3,4,5\n4,oops\n\xfc,6\n6,\x007\n"
        + b'"open,7\n'
        + b"".join(b"%d,1\n" % n for n in range(30))
    )
    assert (report.read, report.loaded, report.rejected) == (37, 31, 6)
    assert desk.rejects(report) == [
        ("3", "", "1 field where 2 are expected", "2"),
        ("4", "", "3 fields where 2 are expected", "3,4,5"),
        ("5", "amount", '"oops" is not a decimal(18,2)', "4,oops"),
        ("6", "", "not UTF-8", "\\xfc,6"),
        ("7", "", "holds a NUL byte", "6,\\x007"),
        ("8", "", "a quote is opened and never closed", '"open,7'),
    ]
    assert report.rejects == desk.folder / ".truenorth" / "rejects" / report.rejects.name
    assert report.rejects.name.startswith("t-")
    assert any("UTF-8" in note for note in report.notes)


def test_an_unfit_value_in_an_otherwise_sound_file_has_its_line(desk: Desk) -> None:
    rows = [f'{n},"two\nlines"' for n in range(50)]
    rows[30] = 'x,"two\nlines"'
    report = desk.load("id,text\n" + "\n".join(rows) + "\n")
    assert desk.rejects(report) == [("62", "id", '"x" is not an integer', 'x,"two\nlines"')]


def test_several_unfit_values_of_one_row_are_one_reject(desk: Desk) -> None:
    good = "".join(f"{n},2025-01-01\n" for n in range(40))
    report = desk.load(f"id,day\n{good}x,2025-02-30\n")
    assert desk.rejects(report) == [
        ("42", "id, day", '"x" is not an integer; "2025-02-30" is not a date', "x,2025-02-30")
    ]


def test_rejects_are_gone_when_the_file_is_mended_by_options(desk: Desk) -> None:
    content = "a,b\n" + "1,2\n" * 30 + "x,2\n"
    first = desk.load(content)
    assert first.rejected == 1
    second = desk.load(content, replace=True, types={"a": "text"})
    assert (second.state, second.rejected, second.rejects) == ("replaced", 0, None)
    assert not first.rejects.exists()


def test_when_nothing_fits_nothing_changes(desk: Desk) -> None:
    with pytest.raises(SourceError) as raised:
        desk.load("a,b\nx,y\n", types={"a": "integer"})
    assert raised.value.code == "E_NO_ROW_FITS"
    assert raised.value.where.line == 2
    assert desk.engine.tables() == ()
    assert not (desk.folder / ".truenorth").exists() or not list((desk.folder / ".truenorth" / "rejects").iterdir())


@pytest.mark.parametrize("seed", range(24))
def test_whatever_is_in_a_file_each_row_is_loaded_or_rejected(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    pieces = ["a", "1", "2.5", ",", ",", '"', '""', "\n", "\r\n", " ", "é", "\\", "'", "2025-01-01", ";"]
    lines = []
    for number in range(chance.randint(3, 40)):
        wild = chance.random() < 0.2
        lines.append(
            "".join(chance.choice(pieces) for _ in range(chance.randint(1, 9))) if wild else f"{number},x{number}"
        )
    content = "id,name\n" + "\n".join(lines) + "\n"
    sound = {line for line in lines if line.split(",")[-1] == "x" + line.split(",")[0]}
    report = desk.load(content, types={"id": "text", "name": "text"})
    assert desk.rows("SELECT count(*) FROM t") == [(report.loaded,)]
    assert report.read == len(list(delimited_records(desk.folder / "t.csv", Dialect(",", ("id", "name"), header=True))))
    kept = "".join(raw for *_, raw in desk.rejects(report)) if report.rejects else ""
    loaded = {f"{one},{name}" for one, name in desk.rows()}
    text = "".join(str(value) for row in desk.rows() for value in row) + kept
    assert sound & loaded or not sound
    assert all(line in loaded or line in text or line.replace(",", "") in text for line in sound)


# The ledger


def test_the_same_content_again_adds_nothing_and_other_content_adds_rows(desk: Desk) -> None:
    desk.load(GOOD)
    assert desk.load(GOOD).state == "unchanged"
    assert desk.load("amount,DAY,id\n9.99,2025-02-01,3\n", "more.csv").loaded == 1
    assert desk.rows("SELECT id, amount FROM t ORDER BY id") == [
        (1, Decimal("1.50")),
        (2, Decimal("2.50")),
        (3, Decimal("9.99")),
    ]
    assert desk.load(GOOD, table="T").state == "unchanged"


def test_the_same_content_with_other_options_says_how_to_read_it_anew(desk: Desk) -> None:
    text = "id,day\n1,03/04/2026\n"
    desk.load(text, dates="dmy")
    again = desk.load(text, dates="mdy")
    assert again.state == "unchanged"
    assert any("--replace" in note for note in again.notes)
    assert not any("--replace" in note for note in desk.load(text).notes)
    desk.load(text, dates="mdy", replace=True)
    assert desk.rows("SELECT month(day) FROM t") == [(3,)]


def test_replace_starts_anew(desk: Desk) -> None:
    desk.load(GOOD)
    report = desk.load("a\nx\n", "other.csv", replace=True)
    assert report.state == "replaced"
    assert desk.rows() == [("x",)]
    assert desk.load(GOOD.replace("id,amount,day", "a,b,c"), "third.csv", replace=True).loaded == 2
    assert desk.rows("SELECT count(*) FROM loads") == [(1,)]


def test_replace_with_several_files_keeps_them_all(desk: Desk) -> None:
    desk.load("a\n1\n")
    files = [desk.file("one.csv", "a\n2\n"), desk.file("two.csv", "a\n3\n")]
    report = import_files(desk.engine, desk.folder, "t", files, Options(replace=True), NOW)
    assert [file.state for file in report.files] == ["replaced", "loaded"]
    assert (report.read, report.loaded, report.rejected) == (2, 2, 0)
    assert desk.rows("SELECT a FROM t ORDER BY a") == [(2,), (3,)]


def test_the_ledger_tells_what_was_loaded(desk: Desk) -> None:
    report = desk.load("a,b\n" + "1,2\n" * 30 + "1\n")
    [row] = desk.rows(
        "SELECT load_id, table_name, rows_read, rows_loaded, rows_rejected, loaded_at, columns FROM loads"
    )
    assert row == (1, "t", 31, 30, 1, NOW, '[{"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}]')
    assert report.load_id == 1
    assert desk.load("a,b\n5,6\n", "next.csv").load_id == 2


def test_a_table_that_was_dropped_is_loaded_again(desk: Desk) -> None:
    desk.load(GOOD)
    desk.engine.write("DROP TABLE t")
    assert desk.load(GOOD).loaded == 2


def test_other_columns_are_refused_with_both_shown(desk: Desk) -> None:
    desk.load("a,b\n1,2\n")
    with pytest.raises(SourceError) as raised:
        desk.load("a,c\n1,2\n", "other.csv")
    assert raised.value.code == "E_COLUMNS_DIFFER"
    assert "a, c" in raised.value.message
    assert "a, b" in raised.value.message
    assert "new: c; missing: b" in raised.value.message
    assert desk.rows() == [(1, 2)]


def test_an_appended_file_may_widen_numbers_but_not_change_what_is_there(desk: Desk) -> None:
    desk.load("n,day,name\n1,2025-01-01,x\n")
    report = desk.load("n,day,name\n2.125,2025-01-02 10:00,7\n", "more.csv", decimal="point")
    assert report.columns[1].type == "timestamp"
    assert desk.rows("SELECT * FROM t ORDER BY n") == [
        (Decimal("1.000"), datetime(2025, 1, 1), "x"),
        (Decimal("2.125"), datetime(2025, 1, 2, 10), "7"),
    ]


def test_an_appended_value_that_does_not_fit_the_table_is_rejected(desk: Desk) -> None:
    desk.load("n,b\n1,x\n")
    report = desk.load("n,b\nabc,y\ndef,y\n5,z\n", "more.csv")
    assert [row[:3] for row in desk.rejects(report)] == [
        ("2", "n", '"abc" is not an integer'),
        ("3", "n", '"def" is not an integer'),
    ]


def test_a_failure_at_the_last_step_leaves_everything_as_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.load("a,b\n1,2\n")

    def fail(*_: object) -> int:
        raise EngineError("E_SQL", "the disk is full")

    monkeypatch.setattr(ledger, "write_down", fail)
    with pytest.raises(EngineError):
        desk.load("a,b\n" + "3,4\n" * 30 + "5\n", "more.csv")
    assert desk.rows() == [(1, 2)]
    assert desk.rows("SELECT count(*) FROM loads") == [(1,)]
    assert not list((desk.folder / ".truenorth" / "rejects").iterdir())
    monkeypatch.undo()
    assert desk.load("a,b\n3,4\n", "third.csv").loaded == 1


def test_when_rows_are_neither_loaded_nor_rejected_nothing_is_loaded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "_unfit", lambda *_: {})
    with pytest.raises(EngineError) as raised:
        desk.load("n,b\n" + "1,x\n" * 30 + "abc,y\n")
    assert raised.value.code == "E_ROWS_DIFFER"
    assert desk.engine.tables() == ()


def test_when_bad_rows_cannot_be_kept_nothing_is_loaded(desk: Desk) -> None:
    (desk.folder / ".truenorth").write_text("a file where a folder is needed")
    with pytest.raises(SourceError) as raised:
        desk.load("a,b\n1,2\n1\n")
    assert raised.value.code == "E_REJECTS_NOT_KEPT"
    assert desk.engine.tables() == ()
    assert desk.load("a,b\n1,2\n").loaded == 1


def test_on_disk_the_table_is_there_for_the_next_process(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(GOOD)
    engine = DuckDB("warehouse.duckdb", folder=tmp_path)
    assert import_files(engine, tmp_path, "t", [path], Options(), NOW).loaded == 2
    engine.close()
    after = DuckDB("warehouse.duckdb", folder=tmp_path, read_only=True)
    assert after.rows("SELECT sum(amount) FROM t") == [(Decimal("4.00"),)]
    assert after.tables() == ("loads", "t")
    after.close()


# What cannot be imported


def _code(desk: Desk, content: str | bytes, name: str = "t.csv", **options: Any) -> SourceError:
    with pytest.raises(SourceError) as raised:
        desk.load(content, name, **options)
    assert raised.value.hint
    assert desk.engine.tables() == ()
    return raised.value


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        ("", "t.csv", "E_FILE_EMPTY"),
        ("\n \n", "t.csv", "E_FILE_EMPTY"),
        ("", "t.jsonl", "E_FILE_EMPTY"),
        ("\n", "t.jsonl", "E_FILE_EMPTY"),
        ("a,b\n", "t.csv", "E_FILE_NO_ROWS"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "t.csv", "E_FILE_UNREADABLE"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "t.parquet", "E_FILE_UNREADABLE"),
        (b"PAR1 but no more", "t.parquet", "E_FILE_UNREADABLE"),
        (b"PK\x03\x04....", "t.csv", "E_FILE_UNREADABLE"),
        ("Größe,b\n1,2\n".encode("latin-1"), "t.csv", "E_FILE_UNREADABLE"),
        ("plain", "t.csv.gz", "E_FILE_UNREADABLE"),
        (gzip.compress(GOOD.encode())[:-12], "t.csv.gz", "E_FILE_UNREADABLE"),
        ("not json\n", "t.jsonl", "E_FILE_UNREADABLE"),
        ("[1, 2]\n", "t.json", "E_FILE_UNREADABLE"),
        ("[{]\n", "t.json", "E_FILE_UNREADABLE"),
        ("x", "t.xlsx", "E_FILE_UNREADABLE"),
        ("x", "t.docx", "E_FILE_KIND"),
        ("x", "t", "E_FILE_KIND"),
    ],
)
def test_files_that_cannot_be_imported(desk: Desk, content: str | bytes, name: str, code: str) -> None:
    assert _code(desk, content, name).code == code


def test_no_such_file_names_its_neighbour(desk: Desk) -> None:
    desk.file("orders.csv", GOOD)
    with pytest.raises(SourceError) as raised:
        import_files(desk.engine, desk.folder, "t", [desk.folder / "order.csv"], Options(), NOW)
    assert (raised.value.code, raised.value.hint) == ("E_FILE_NOT_FOUND", 'did you mean "orders.csv"?')
    with pytest.raises(SourceError) as raised:
        import_files(desk.engine, desk.folder, "t", [desk.folder], Options(), NOW)
    assert raised.value.code == "E_FILE_UNREADABLE"


def test_a_missing_file_stops_before_any_is_loaded(desk: Desk) -> None:
    files = [desk.file("one.csv", GOOD), desk.folder / "two.csv"]
    with pytest.raises(SourceError):
        import_files(desk.engine, desk.folder, "t", files, Options(), NOW)
    assert desk.engine.tables() == ()


@pytest.mark.parametrize("name", ["", "a b", "1st", "x;DROP", "loads", "Truenorth_import_rows", 'a"b', "sales.orders"])
def test_names_that_no_table_can_have(desk: Desk, name: str) -> None:
    with pytest.raises(SourceError) as raised:
        desk.load(GOOD, table=name)
    assert raised.value.code == "E_BAD_NAME"


@pytest.mark.parametrize("options", [{"dates": "iso"}, {"decimal": ";"}, {"delimiter": ",,"}, {"types": {"id": "int"}}])
def test_options_that_are_not_known(desk: Desk, options: dict[str, Any]) -> None:
    assert _code(desk, GOOD, **options).code == "E_BAD_OPTION"


def test_a_type_for_a_column_that_is_not_there(desk: Desk) -> None:
    error = _code(desk, GOOD, types={"amont": "text"})
    assert (error.code, error.hint) == ("E_COLUMN_NOT_FOUND", 'did you mean "amount"?')


def test_no_file_named(desk: Desk) -> None:
    with pytest.raises(SourceError) as raised:
        import_files(desk.engine, desk.folder, "t", [], Options(), NOW)
    assert raised.value.code == "E_NO_FILES"


def test_an_engine_without_files_says_so(desk: Desk) -> None:
    class Elsewhere(DuckDB):
        abilities = DuckDB.abilities.__class__("elsewhere")

    with pytest.raises(EngineError) as raised:
        import_files(Elsewhere(), desk.folder, "t", [desk.file("t.csv", GOOD)], Options(), NOW)
    assert raised.value.code == "E_ENGINE_NO_FILES"


def test_numbers_inside_of_objects_keep_their_digits(desk: Desk) -> None:
    desk.load('{"id": 1, "properties": {"price": 1.50, "at": [2.0, {"x": 1e3}]}}\n', "t.jsonl")
    assert desk.rows("SELECT properties FROM t") == [('{"price":1.50,"at":[2.0,{"x":1e3}]}',)]


@pytest.mark.parametrize("encoding", ["windows-1252", "iso-8859-15", "gb18030"])
def test_a_file_in_another_encoding_is_read_as_it_is_said(desk: Desk, encoding: str) -> None:
    content = "id;Köln\n1;grün\n2;Łódź\n" if encoding == "gb18030" else "id;Köln\n1;grün\n2;blau\n"
    report = desk.load(content.encode(encoding), encoding=encoding)
    assert [column.name for column in report.columns] == ["id", "Köln"]
    assert desk.rows()[0] == (1, "grün")
    assert (report.loaded, report.rejected) == (2, 0)


def test_an_encoding_that_nobody_knows_is_refused(desk: Desk) -> None:
    with pytest.raises(SourceError) as caught:
        desk.load("a\n1\n", encoding="windows-1253x")
    assert caught.value.code == "E_BAD_OPTION" and '"windows-1252"' in caught.value.hint


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_many_small_files_are_one_load_with_each_written_down(desk: Desk, kind: str) -> None:
    files = []
    for day in range(1, 11):
        rows = [(f"{day}-{at}", "x" if (day, at) == (7, 2) else str(at)) for at in range(50)]
        lines = [f"{key},{n}" if kind == "csv" else json.dumps({"k": key, "n": n}) for key, n in rows]
        lines = ["k,n", *lines] if kind == "csv" else [line.replace('"n": "x"', '"n": 1}}') for line in lines]
        files.append(desk.file(f"day-{day}.{kind}", "\n".join(lines) + "\n"))
    report = import_files(desk.engine, desk.folder, "t", files, Options(), NOW)
    assert (report.read, report.loaded, report.rejected) == (500, 499, 1)
    [bad] = [file for file in report.files if file.rejected]
    assert bad.file.endswith(f"day-7.{kind}") and bad.rejects is not None
    assert bad.rejects.read_text("utf-8").splitlines()[1].startswith("4," if kind == "csv" else "3,")
    assert desk.rows("SELECT count(*), count(DISTINCT k) FROM t") == [(499, 499)]
    assert len(report.files) == 10 and len({file.load_id for file in report.files}) == 10
    again = import_files(desk.engine, desk.folder, "t", files, Options(), NOW)
    assert {file.state for file in again.files} == {"unchanged"}
