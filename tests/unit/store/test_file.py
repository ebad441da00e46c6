"""Files as datasets: strict reading, hostile names, and a stamp that changes with the files."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from truenorth.base.errors import SourceError
from truenorth.store.duckdb import DuckDB

CSV = "id,name,day\n1,Ada,2025-01-02\n2,,2025-01-03\n"
ROWS = [(1, "Ada", date(2025, 1, 2)), (2, None, date(2025, 1, 3))]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDB]:
    opened = DuckDB(folder=tmp_path)
    yield opened
    opened.close()


def read(engine: DuckDB, file: str) -> list[tuple[object, ...]]:
    return engine.rows(f"SELECT * FROM {engine.scan('', file)}")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", CSV.encode()),
        ("a.csv.gz", gzip.compress(CSV.encode())),
        ("a.tsv", CSV.replace(",", "\t").encode()),
        ("semicolons.csv", CSV.replace(",", ";").encode()),
        ("a.txt", CSV.replace(",", "|").encode()),
        ("a.jsonl", b'{"id":1,"name":"Ada","day":"2025-01-02"}\n{"id":2,"name":null,"day":"2025-01-03"}\n'),
        ("a.ndjson.gz", gzip.compress(b'{"id":1,"name":"Ada","day":"2025-01-02"}\n{"id":2,"day":"2025-01-03"}\n')),
        ("a.json", b'[{"id":1,"name":"Ada","day":"2025-01-02"},{"id":2,"name":null,"day":"2025-01-03"}]'),
    ],
)
def test_kinds(engine: DuckDB, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert read(engine, name) == ROWS


def test_parquet(engine: DuckDB, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    engine.write(f"COPY (SELECT * FROM {engine.scan('', 'a.csv')}) TO '{tmp_path}/a.parquet' (FORMAT parquet)")
    assert read(engine, "a.parquet") == ROWS


@pytest.mark.parametrize("folder", ["plain", "O'Hara", "with [brackets] and *", 'quote " and ;', "Größe"])
@pytest.mark.parametrize("name", ["a.csv", "o'clock.csv", "report [1].csv", "what?.csv"])
def test_any_path_is_only_a_path(tmp_path: Path, folder: str, name: str) -> None:
    home = tmp_path / folder
    home.mkdir()
    (home / name).write_text(CSV)
    (home / "other.csv").write_text(CSV)
    engine = DuckDB(folder=home)
    assert read(engine, name) == ROWS
    assert read(engine, str(home / name)) == ROWS
    assert len(read(engine, "*.csv")) == 4
    engine.close()


def test_a_glob_reads_all_by_name(engine: DuckDB, tmp_path: Path) -> None:
    (tmp_path / "2025-01.csv").write_text("id,name\n1,a\n")
    (tmp_path / "2025-02.csv").write_text("name,id,more\nb,2,x\n")
    assert sorted(engine.rows(f"SELECT id, name, more FROM {engine.scan('', '2025-*.csv')}")) == [
        (1, "a", None),
        (2, "b", "x"),
    ]


def test_ambiguous_dates_and_names_with_zeros_stay_text(engine: DuckDB, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("day,zip\n01/02/2025,00123\n")
    assert read(engine, "a.csv") == [("01/02/2025", "00123")]


@pytest.mark.parametrize("content", ["a,b\n1,2\n3\n", "a,b\n1,2,3\n", "# note\na,b\n1,2\n", 'a,b\n"1,2\n'])
def test_a_bad_row_is_an_error_never_lost(engine: DuckDB, tmp_path: Path, content: str) -> None:
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(SourceError) as raised:
        read(engine, "a.csv")
    assert raised.value.code == "E_FILE_UNREADABLE"
    assert raised.value.where is not None
    assert raised.value.where.file.endswith("a.csv")
    assert "truenorth import" in raised.value.hint


def test_a_late_bad_value_names_its_line(engine: DuckDB, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + "1,2\n" * 30000 + "x,2\n")
    with pytest.raises(SourceError) as raised:
        engine.rows(f"SELECT sum(a) FROM {engine.scan('', 'a.csv')}")
    assert raised.value.where is not None
    assert raised.value.where.line == 30002
    assert '"x"' in raised.value.message


def test_bad_json_names_its_line(engine: DuckDB, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a":1}\n{"a":\n')
    with pytest.raises(SourceError) as raised:
        read(engine, "a.jsonl")
    assert raised.value.code == "E_FILE_UNREADABLE"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.parquet", b"no parquet"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\0\0"),
        ("a.csv.gz", b"not zipped"),
        ("a.xlsx", b"PK\x03\x04"),
    ],
)
def test_what_a_file_is_not(engine: DuckDB, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError) as raised:
        engine.scan("", name)
    assert raised.value.code == "E_FILE_UNREADABLE"
    assert raised.value.hint


def test_no_such_file(engine: DuckDB, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(CSV)
    (tmp_path / "folder").mkdir()
    for ask in (engine.scan, engine.version):
        with pytest.raises(SourceError) as raised:
            ask("", "order.csv")
        assert (raised.value.code, raised.value.hint) == ("E_FILE_NOT_FOUND", 'did you mean "orders.csv"?')
    with pytest.raises(SourceError) as raised:
        engine.scan("", "2025-*.csv")
    assert raised.value.code == "E_FILE_NOT_FOUND"
    with pytest.raises(SourceError) as raised:
        engine.scan("", "folder")
    assert raised.value.code == "E_FILE_UNREADABLE"


def test_the_version_follows_every_match(engine: DuckDB, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    first = engine.version("", "*.csv")
    assert engine.version("", "*.csv") == first
    (tmp_path / "b.csv").write_text(CSV)
    second = engine.version("", "*.csv")
    os.utime(tmp_path / "a.csv", ns=(1, 1))
    third = engine.version("", "*.csv")
    (tmp_path / "b.csv").unlink()
    assert len({first, second, third, engine.version("", "*.csv")}) == 4
