"""An answer as a Parquet file: exact types, and its question, units and SQL in the file's metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from truenorth.export.json import as_dict
from truenorth.query.answer import Answer

if TYPE_CHECKING:
    import pyarrow as pa

KEY = b"truenorth"


def to_parquet(answer: Answer) -> bytes:
    """The file's bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(_described(answer), sink, compression="zstd")
    return bytes(sink.getvalue())


def _described(answer: Answer) -> pa.Table:
    """The table, its all-NULL columns typed by their role, with everything but the rows as metadata."""
    import pyarrow as pa

    table = answer.to_arrow()
    for at, column in enumerate(answer.table.columns):
        if pa.types.is_null(table.schema.field(at).type):
            kind = {"time": pa.date32(), "dimension": pa.string()}.get(column.role, pa.float64())
            table = table.set_column(at, column.name, table.column(at).cast(kind))
    head = {key: value for key, value in as_dict(answer).items() if key != "rows"}
    return table.replace_schema_metadata({KEY: msgspec.json.encode(head)})
