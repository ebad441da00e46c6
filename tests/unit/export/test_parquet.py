"""Parquet: exact types and the whole explanation in the file."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

from tests.unit.export.answers import MONTHLY, answer_of
from truenorth.base.table import Column
from truenorth.export.parquet import to_parquet


def test_rows_and_types_come_back() -> None:
    table = pq.read_table(io.BytesIO(to_parquet(MONTHLY)))
    assert table.column_names == ["plan", "metric_time__month", "revenue", "rate"]
    assert pa.types.is_decimal(table.schema.field("revenue").type)
    assert pa.types.is_date(table.schema.field("metric_time__month").type)
    assert table.column("revenue").to_pylist() == [Decimal("1234.50"), Decimal("-3.00"), Decimal("99.00")]
    assert table.column("plan").to_pylist() == ["pro", None, "pro"]


def test_the_explanation_travels_with_the_file() -> None:
    metadata = pq.read_table(io.BytesIO(to_parquet(MONTHLY))).schema.metadata
    head = json.loads(metadata[b"truenorth"])
    assert head["columns"][2]["unit"] == "currency"
    assert head["sql"] == "SELECT 1"
    assert "rows" not in head


def test_empty_columns_have_the_type_of_their_role() -> None:
    columns = [Column("metric_time__day", "time"), Column("plan"), Column("n", "metric")]
    for rows in ([], [[None, None, None]]):
        schema = pq.read_table(io.BytesIO(to_parquet(answer_of(columns, rows)))).schema  # type: ignore[arg-type]
        assert [str(field.type) for field in schema] == ["date32[day]", "string", "double"]
