"""Types are decided over all rows, by what is written; what has two meanings is asked for."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from truenorth.base.errors import SourceError
from truenorth.collect.kind import KINDS, kind_of, kind_sql
from truenorth.collect.reading import Type, joined
from truenorth.store.duckdb import DuckDB

Desk = Any


def column(values: list[str]) -> str:
    return "k,v\n" + "".join(f'{number},"{value}"\n' for number, value in enumerate(values))


def loaded(desk: Desk, values: list[str], **options: Any) -> tuple[str, str, list[object]]:
    """(type, note, values) of a column after its import."""
    report = desk.load(column(values), **options)
    return report.columns[1].type, report.columns[1].note, [row[0] for row in desk.rows("SELECT v FROM t ORDER BY k")]


D = Decimal
CASES: list[tuple[list[str], str, list[object]]] = [
    (["1", "-2", " 3 ", ""], "integer", [1, -2, 3, None]),
    (["0", "999999999999999999"], "integer", [0, 999999999999999999]),
    (["12345678901234567890"], "text", ["12345678901234567890"]),
    (["1.5", "2", ""], "decimal(18,2)", [D("1.50"), D("2.00"), None]),
    (["1.2345", "-.5"], "decimal(18,4)", [D("1.2345"), D("-0.5000")]),
    (["1,234.50", "1,234,567.00", "12"], "decimal(18,2)", [D("1234.50"), D("1234567.00"), D("12.00")]),
    (["1,234,567"], "integer", [1234567]),
    (["1234567890123456789.25"], "decimal(38,2)", [D("1234567890123456789.25")]),
    (["0.12345678"], "float", [0.12345678]),
    (["1e3", "2.5E-3"], "float", [1000.0, 0.0025]),
    (["1.234", "0.345"], "decimal(18,3)", [D("1.234"), D("0.345")]),
    (["1.234", "2.34"], "decimal(18,3)", [D("1.234"), D("2.34")]),
    (["00123", "456"], "text", ["00123", "456"]),
    (["+491512345678", "+491512345679"], "text", ["+491512345678", "+491512345679"]),
    (["true", "False", "", "TRUE"], "boolean", [True, False, None, True]),
    (["yes", "no"], "boolean", [True, False]),
    (["t", "f", "T"], "boolean", [True, False, True]),
    (["N", "N"], "text", ["N", "N"]),
    (["m", "f"], "text", ["m", "f"]),
    (["2025-02-01", "1899-12-31", ""], "date", [date(2025, 2, 1), date(1899, 12, 31), None]),
    (["2025/2/1", "2025.12.31"], "date", [date(2025, 2, 1), date(2025, 12, 31)]),
    (["5 Jan 2025", "January 6, 2025", "7-Feb-2025"], "date", [date(2025, 1, 5), date(2025, 1, 6), date(2025, 2, 7)]),
    (["$1,234.50", "$0.00", "-$3.10", "($12.00)"], "decimal(18,2)", [D("1234.50"), D("0"), D("-3.10"), D("-12.00")]),
    (["€ 5", "€ -7"], "integer", [5, -7]),
    (["$HOME", "$5"], "text", ["$HOME", "$5"]),
    (["5/Mar/25 3:04 PM", "16/Dec/25 12:30 AM"], "timestamp", [datetime(2025, 3, 5, 15, 4), datetime(2025, 12, 16, 0, 30)]),
    (["Mar 01, 2025 10:30 am", "May 2, 2025 9:00 PM"], "timestamp",
     [datetime(2025, 3, 1, 10, 30), datetime(2025, 5, 2, 21)]),
    (["1 mars 2025 08:05", "12 févr. 2025", "3 Août 2025"], "timestamp",
     [datetime(2025, 3, 1, 8, 5), datetime(2025, 2, 12), datetime(2025, 8, 3)]),
    (["5. März 2025", "6-dic-2025"], "date", [date(2025, 3, 5), date(2025, 12, 6)]),
    (["12", "-", "—", "7"], "integer", [12, None, None, 7]),
    (["O", "N", "O"], "boolean", [True, False, True]),
    (["J", "N"], "boolean", [True, False]),
    (["oui", "non"], "boolean", [True, False]),
    (["13/02/2025", "01/02/2025"], "date", [date(2025, 2, 13), date(2025, 2, 1)]),
    (["02/13/2025", "01/02/2025"], "date", [date(2025, 2, 13), date(2025, 1, 2)]),
    (["13.02.2025 08:05", "01.02.2025"], "timestamp", [datetime(2025, 2, 13, 8, 5), datetime(2025, 2, 1)]),
    (["2/13/2025 3:04 PM", "1/2/2025 12:00 am"], "timestamp", [datetime(2025, 2, 13, 15, 4), datetime(2025, 1, 2)]),
    (["2025-02-01 10:00", "2025-02-01"], "timestamp", [datetime(2025, 2, 1, 10), datetime(2025, 2, 1)]),
    (["2025-02-01T10:00:00.123456"], "timestamp", [datetime(2025, 2, 1, 10, 0, 0, 123456)]),
    (["2025-02-01T10:00:00+02:00"], "timestamptz", [datetime(2025, 2, 1, 8)]),
    (["2025-02-01 10:00:00Z", "2025-02-01 10:00 UTC"], "timestamptz", [datetime(2025, 2, 1, 10)] * 2),
    (["2025-02-01 10:00:00 -0530"], "timestamptz", [datetime(2025, 2, 1, 15, 30)]),
    (["a", "", "null"], "text", ["a", None, "null"]),
    (["", ""], "text", [None, None]),
    (["5", "NA", "n/a", "NULL", "\\N"], "integer", [5, None, None, None, None]),
    (["2025-02-01", "NaN"], "date", [date(2025, 2, 1), None]),
    (["1.10.22", "2.0.1"], "text", ["1.10.22", "2.0.1"]),
    (["  spaced  "], "text", ["  spaced  "]),
]  # fmt: skip


@pytest.mark.parametrize(("values", "kind", "wanted"), CASES, ids=lambda value: str(value)[:40])
def test_a_column(desk: Desk, values: list[str], kind: str, wanted: list[object]) -> None:
    found, _, rows = loaded(desk, values)
    assert (found, rows) == (kind, wanted)
    assert [type(value) for value in rows] == [type(value) for value in wanted]


def test_a_type_is_decided_over_all_rows_not_the_first(desk: Desk) -> None:
    values = [str(number) for number in range(8000)] + ["0.25"]
    found, _, rows = loaded(desk, values)
    assert found == "decimal(18,2)"
    assert rows[-1] == D("0.25")


def test_a_zero_in_front_anywhere_keeps_the_column_text(desk: Desk) -> None:
    found, note, rows = loaded(desk, [str(10000 + number) for number in range(6000)] + ["00123"])
    assert (found, rows[-1], rows[0]) == ("text", "00123", "10000")
    assert "zeros in front" in note


def test_a_stray_value_is_rejected_and_a_mixture_is_text(desk: Desk) -> None:
    report = desk.load(column(["1", "2", "3", "x"]))
    assert (report.columns[1].type, report.rejected) == ("integer", 1)
    report = desk.load(column(["1", "2", "3", "x", "y"]), table="u")
    assert (report.columns[1].type, report.rejected) == ("text", 0)
    assert report.columns[1].note == 'kept as text: 3 of 5 values are numbers, the others are not ("x" in row 4)'


def test_what_was_decided_is_said(desk: Desk) -> None:
    assert "day first (dmy), as 1 of its values" in loaded(desk, ["13/02/2025", "01/02/2025"])[1]
    report = desk.load(column(["2025-01-01 10:00"]), table="u")
    assert report.columns[1].note == "no offset is written: taken as UTC"
    report = desk.load(column(["2025-01-01 10:00", "2025-01-01 10:00+01"]), table="w")
    assert report.columns[1].note == "where no offset is written: taken as UTC"
    report = desk.load(column(["5", "NA", "NA"]), table="x")
    assert report.columns[1].note == '2× no value ("NA")'


# Dates with two readings


@pytest.mark.parametrize("value", ["01/02/2025", "1.2.2025", "01-02-2025", "01/02/2025 10:00"])
def test_a_date_with_two_readings_is_asked_for(desk: Desk, value: str) -> None:
    with pytest.raises(SourceError) as raised:
        desk.load(column([value]))
    error = raised.value
    assert error.code == "E_AMBIGUOUS_DATE"
    assert f'"{value}"' in error.message
    assert '"v"' in error.message
    readings = "--dates dmy reads 1 February 2025, --dates mdy reads 2 January 2025"
    assert error.hint == f"say which: {readings} (--type v=text keeps it as text)"
    assert desk.engine.tables() == ()


@pytest.mark.parametrize(
    ("value", "order", "wanted"),
    [
        ("01/02/2025", "dmy", date(2025, 2, 1)),
        ("01/02/2025", "mdy", date(2025, 1, 2)),
        ("01.02.25", "dmy", date(2025, 2, 1)),
        ("1/2/75", "mdy", date(1975, 1, 2)),
        ("25-01-02", "ymd", date(2025, 1, 2)),
        ("01/02/2025 23:59", "dmy", datetime(2025, 2, 1, 23, 59)),
    ],
)
def test_dates_read_as_said(desk: Desk, value: str, order: str, wanted: object) -> None:
    assert loaded(desk, [value], dates=order)[2] == [wanted]


def test_iso_dates_need_no_word(desk: Desk) -> None:
    assert loaded(desk, ["2025-02-01"], dates="mdy")[2] == [date(2025, 2, 1)]


def test_short_years_are_asked_for_even_when_a_day_is_proven(desk: Desk) -> None:
    with pytest.raises(SourceError) as raised:
        desk.load(column(["31/12/25"]))
    assert raised.value.code == "E_AMBIGUOUS_DATE"
    assert "--dates dmy reads 31 December 2025" in raised.value.hint
    assert "ymd reads 25 December 2031" in raised.value.hint


def test_short_years_are_read_where_only_one_order_makes_them_all_dates(desk: Desk) -> None:
    kind, note, values = loaded(desk, ["09/03/26", "12/31/24", "01/15/25 10:30"])
    assert (kind, note.partition(",")[0]) == ("timestamp", "read as mdy")
    assert values[1] == datetime(2024, 12, 31)


def test_dates_that_contradict_each_other_are_asked_for(desk: Desk) -> None:
    content = column(["13/02/2025", "02/13/2025", *["01/02/2025"] * 40])
    with pytest.raises(SourceError, match="contradict"):
        desk.load(content)
    report = desk.load(content, dates="dmy")
    assert report.rejected == 1
    assert desk.rejects(report)[0][:3] == ("3", "v", '"02/13/2025" is not a date')


def test_a_day_that_does_not_exist_is_rejected(desk: Desk) -> None:
    report = desk.load(column(["2025-02-28", "2025-02-30", "2025-03-01", "2025-03-02"]))
    assert (report.columns[1].type, report.rejected) == ("date", 1)


def test_a_time_is_never_cut_off_a_date(desk: Desk) -> None:
    report = desk.load(column(["2025-02-28", "2025-02-28 10:00"]), types={"v": "date"})
    assert (report.loaded, report.rejected) == (1, 1)


# Decimal commas


@pytest.mark.parametrize("value", ["1.234,56", "12,5", "0,99", "1 234,56", "-3,1415"])
def test_a_decimal_comma_is_asked_for(desk: Desk, value: str) -> None:
    with pytest.raises(SourceError) as raised:
        desk.load(column([value, "7"]))
    error = raised.value
    assert error.code == "E_DECIMAL_COMMA"
    assert f'"{value}"' in error.message
    assert "--decimal comma reads" in error.hint


def test_a_comma_before_three_digits_has_two_readings(desk: Desk) -> None:
    with pytest.raises(SourceError) as raised:
        desk.load(column(["1,234"]))
    assert raised.value.hint == "say which: --decimal comma reads 1.234, --decimal point reads 1234"


@pytest.mark.parametrize("values", [["1.234"], ["900", "1.200", "15"], ["-2.500", "", "10.000"]])
def test_a_point_before_three_digits_has_two_readings_too(desk: Desk, values: list[str]) -> None:
    with pytest.raises(SourceError) as raised:
        desk.load(column(values))
    assert raised.value.code == "E_DECIMAL_COMMA"
    value = next(one for one in values if "." in one)
    comma = value.replace(".", "")
    assert raised.value.hint == f"say which: --decimal comma reads {comma}, --decimal point reads {value}"
    assert "is the point its decimal sign?" in raised.value.message
    read = {
        decimal: desk.load(column(values), f"{decimal}.csv", table=decimal, decimal=decimal)
        for decimal in ("comma", "point")
    }
    assert read["comma"].columns[-1].type == "integer"
    assert read["point"].columns[-1].type == "decimal(18,3)"


@pytest.mark.parametrize(
    ("values", "decimal", "wanted"),
    [
        (["1.234,56", "7", "0,5"], "comma", [D("1234.56"), D("7.00"), D("0.50")]),
        (["1 234,5"], "comma", [D("1234.50")]),
        (["1,234"], "comma", [D("1.234")]),
        (["1,234"], "point", [1234]),
        (["1.234", "5"], "comma", [1234, 5]),
        (["-1.234.567,8"], "comma", [D("-1234567.80")]),
    ],
)
def test_decimals_read_as_said(desk: Desk, values: list[str], decimal: str, wanted: list[object]) -> None:
    assert loaded(desk, values, decimal=decimal)[2] == wanted


def test_thousands_are_read_where_a_point_proves_them(desk: Desk) -> None:
    assert loaded(desk, ["1,234", "12.50"])[2] == [D("1234.00"), D("12.50")]


# Types that are said


@pytest.mark.parametrize(
    ("values", "word", "wanted"),
    [
        (["1", "2"], "text", ["1", "2"]),
        (["007"], "integer", [7]),
        (["1", "0"], "boolean", [True, False]),
        (["1", "2.5"], "float", [1.0, 2.5]),
        (["1", "2"], "decimal", [D("1.00"), D("2.00")]),
        (["1.2345"], "decimal", [D("1.2345")]),
        (["2025-01-01"], "timestamp", [datetime(2025, 1, 1)]),
        (["2025-01-01 00:30"], "timestamptz", [datetime(2025, 1, 1, 0, 30)]),
        (["2025-01-01 00:30+02"], "timestamp", [datetime(2024, 12, 31, 22, 30)]),
    ],
)
def test_a_type_that_is_said(desk: Desk, values: list[str], word: str, wanted: list[object]) -> None:
    found, _, rows = loaded(desk, values, types={"V": word})
    assert found.partition("(")[0] == word
    assert rows == wanted


def test_a_cast_never_rounds(desk: Desk) -> None:
    report = desk.load(column(["1", "2.5", "3"]), types={"v": "integer"})
    assert desk.rejects(report) == [("3", "v", '"2.5" is not an integer', '1,"2.5"')]


# JSON lines and Parquet


def test_json_lines_keep_their_types(desk: Desk) -> None:
    lines = [
        {"id": 1, "amount": 1.10, "code": "12", "at": "2025-01-02T10:00:00Z", "ok": True, "tags": ["a"]},
        {"id": 2, "amount": 2, "code": "7", "at": None, "ok": False, "late": "x"},
    ]
    report = desk.load("\n".join(json.dumps(line) for line in lines), "t.jsonl")
    kinds = {one.name: one.type for one in report.columns}
    assert " ".join(kinds) == "id amount code at ok tags late"
    assert " ".join(kinds.values()) == "integer decimal(18,2) text timestamptz boolean text text"
    assert desk.rows() == [
        (1, D("1.10"), "12", datetime(2025, 1, 2, 10), True, '["a"]', None),
        (2, D("2.00"), "7", None, False, None, "x"),
    ]


def test_json_lines_that_are_none_are_kept(desk: Desk) -> None:
    report = desk.load('{"a": 1}\n{"a": \n[1]\n\n{"a": 2}\n{"b\\u0000": 3}\n', "t.ndjson")
    assert [(line, reason.partition(":")[0]) for line, _, reason, _ in desk.rejects(report)] == [
        ("2", "not JSON"),
        ("3", "not a JSON object"),
        ("6", "holds a NUL byte"),
    ]
    assert desk.rows() == [(1,), (2,)]


def test_json_values_with_newlines_and_late_columns(desk: Desk) -> None:
    desk.load('{"a": "x\\ny"}\n{"a": "z", "b": "l1\\nl2"}\n', "t.jsonl")
    assert desk.rows() == [("x\ny", None), ("z", "l1\nl2")]


def test_an_unfit_json_value_has_its_line(desk: Desk) -> None:
    lines = [f'{{"a": {number}}}' for number in range(30)] + ["", '{"a": "x"}']
    report = desk.load("\n".join(lines), "t.jsonl")
    assert desk.rejects(report) == [("32", "a", '"x" is not an integer', '{"a": "x"}')]


def parquet(desk: Desk, sql: str, name: str = "t.parquet") -> bytes:
    path = desk.folder / ("made-" + name)
    desk.engine.write(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def test_parquet_brings_its_types(desk: Desk) -> None:
    made = parquet(
        desk, "SELECT 1::INTEGER AS id, 1.5::DECIMAL(9,3) AS amount, DATE '2025-01-01' AS \"the day\", [1, 2] AS l"
    )
    report = desk.load(made, "t.parquet")
    assert desk.types(report) == ["integer", "decimal(9,3)", "date", "integer[]"]
    assert desk.rows() == [(1, D("1.500"), date(2025, 1, 1), [1, 2])]
    assert desk.load(made, "same.parquet").state == "unchanged"


def test_parquet_appends_where_its_values_fit(desk: Desk) -> None:
    desk.load("id,amount\n1,2.50\n")
    made = parquet(desk, "SELECT 2::BIGINT AS id, 3.25::DOUBLE AS amount UNION ALL SELECT 3, 4.125")
    report = desk.load(made, "t.parquet")
    assert report.loaded == 2
    assert desk.rows("SELECT CAST(sum(amount) AS DOUBLE) FROM t") == [(9.875,)]


def test_a_parquet_value_that_does_not_fit_is_rejected(desk: Desk) -> None:
    made = parquet(desk, "SELECT '1' AS a UNION ALL SELECT 'x'")
    report = desk.load(made, "t.parquet", types={"a": "integer"})
    assert desk.rejects(report) == [("2", "a", '"x" is not an integer', "x")]


# The words and how they join


def test_python_and_sql_agree_on_kinds() -> None:
    texts = [value.strip() for values, _, _ in CASES for value in values]
    texts += [
        "1.234",
        "1,234",
        "1.234,5",
        "01/02/2025",
        "1/2/25",
        "12:00",
        "1.2.3",
        "2025-13-45",
        "1e400",
        "--1",
        "1 234,5",
        "Ⅷ",
        "٣",
    ]
    engine = DuckDB()
    try:
        for text in texts:
            quoted = text.replace("'", "''")
            assert engine.rows(f"SELECT {kind_sql('v')} FROM (SELECT '{quoted}' AS v)") == [(kind_of(text),)], text
    finally:
        engine.close()
    assert {kind_of(text) for text in texts} >= set(KINDS) - {"letter"}


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (Type("integer"), Type("decimal", 18, 2), Type("decimal", 21, 2)),
        (Type("decimal", 18, 2), Type("integer"), Type("decimal", 18, 2)),
        (Type("decimal", 18, 2), Type("decimal", 18, 4), Type("decimal", 20, 4)),
        (Type("integer"), Type("float"), Type("float")),
        (Type("float"), Type("decimal", 18, 2), Type("float")),
        (Type("date"), Type("timestamp"), Type("timestamp")),
        (Type("timestamp"), Type("date"), Type("timestamp")),
        (Type("text"), Type("integer"), Type("text")),
        (Type("integer"), Type("text"), Type("integer")),
    ],
)
def test_types_join(old: Type, new: Type, wanted: Type) -> None:
    assert joined(old, new) == wanted
