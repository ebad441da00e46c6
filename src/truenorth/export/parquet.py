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
    """The table, with everything but the rows as metadata."""
    table = answer.to_arrow()
    head = {key: value for key, value in as_dict(answer).items() if key != "rows"}
    return table.replace_schema_metadata({KEY: msgspec.json.encode(head)})
