"""The door to every format by its name; only the one asked for is loaded."""

from __future__ import annotations

from importlib import import_module

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.query.answer import Answer

WRITERS = {
    "table": ("truenorth.export.text", "to_text"),
    "csv": ("truenorth.export.csv", "to_csv"),
    "json": ("truenorth.export.json", "to_json"),
    "md": ("truenorth.export.markdown", "to_markdown"),
    "parquet": ("truenorth.export.parquet", "to_parquet"),
    "xlsx": ("truenorth.export.xlsx", "to_xlsx"),
    "svg": ("truenorth.export.picture", "to_svg"),
    "png": ("truenorth.export.picture", "to_png"),
}
LOCALIZED = ("table", "md", "xlsx", "svg", "png")
BINARY = ("parquet", "xlsx", "png")


def written(answer: Answer, form: str, locale: str = "") -> str | bytes:
    """The answer in a format, by its own locale unless another is asked for; QueryError E_UNKNOWN_FORMAT if unknown."""
    if form not in WRITERS:
        hint = did_you_mean(form, WRITERS) or "one of " + ", ".join(WRITERS)
        raise QueryError("E_UNKNOWN_FORMAT", f'no format named "{form}"', hint=hint)
    module, name = WRITERS[form]
    write = getattr(import_module(module), name)
    result = write(answer, locale or answer.locale) if form in LOCALIZED else write(answer)
    return result if isinstance(result, bytes) else str(result)
