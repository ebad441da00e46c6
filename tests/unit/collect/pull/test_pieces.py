"""The pieces of a large first pull lie beside each other, each table's in files of its own."""

from __future__ import annotations

from pathlib import Path

from truenorth.collect.pull.piece import Fetched, Pieces


def test_tables_of_like_names_share_no_file(tmp_path: Path) -> None:
    tables = ("a.b", "a_b", "a/b", "a b", "a%2Fb", "ä")
    for table in tables:
        pieces = Pieces(tmp_path, "shop", table)
        assert pieces.before() == Fetched()
        pieces.file.write_bytes(table.encode())
        pieces.keep(Fetched(table, 1, len(table.encode())))
    assert [Pieces(tmp_path, "shop", table).before().upto for table in tables] == list(tables)
