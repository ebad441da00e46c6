"""Which keys a source has: an outside place that rows are pulled from."""

from __future__ import annotations

from truenorth.define import model
from truenorth.define.key import Key, Thing

FILES, DATABASES, EXPORTS = ("files",), ("postgres", "mysql"), ("salesforce", "ga4")
SOURCE_TYPES = (*FILES, *DATABASES, *EXPORTS)
TEXTS = ("files", "salesforce")

SOURCE = Thing(
    "source",
    "A place outside that `truenorth pull` fetches rows from: files, a database, the exports of another product.",
    (
        Key("name", "name", "The name used in commands, in the ledger and on pages.", required=True, example="shop"),
        Key(
            "type",
            "text",
            f"What kind of place it is: {', '.join(SOURCE_TYPES)}, or one that a package adds.",
            required=True,
            example="postgres",
        ),
        Key(
            "url",
            "text",
            "The address of the database, without the password.",
            types=DATABASES,
            required_for=DATABASES,
            example="postgresql://reader@db.example/shop",
        ),
        Key(
            "password_env",
            "text",
            "The name under which the password is in the environment, or in .truenorth/secrets.",
            types=DATABASES,
            default="the source's name in capitals and _PASSWORD",
            example="SHOP_PASSWORD",
        ),
        Key(
            "files",
            "paths",
            "The files: a path, a folder or a pattern, relative to the workspace; or a list of these.",
            types=(*FILES, *EXPORTS),
            required_for=(*FILES, *EXPORTS),
            example="exports/till-*.csv",
        ),
        Key(
            "into",
            "name",
            "The table that rows go into; for salesforce what the names of its tables begin with.",
            types=(*FILES, *EXPORTS),
            default="the source's name",
            example="till",
        ),
        Key(
            "primary_key",
            "names",
            "The columns that tell what a row is about: what a file says of it takes the place of what came before.",
            types=FILES,
            default="the rows of all files stand side by side",
            example="[receipt]",
        ),
        Key("tables", "things", "What to pull.", types=DATABASES, required_for=DATABASES, thing="source_table"),
        Key(
            "every",
            "text",
            "How often `truenorth serve` pulls it, or when, as cron writes it.",
            default="only by `truenorth pull`",
            example="1 hour",
        ),
        Key(
            "full",
            "text",
            "How often tables with a cursor are read whole all the same, so that deleted rows go.",
            types=DATABASES,
            default="only by `truenorth pull --full`",
            example="1 day",
        ),
        Key(
            "lag",
            "text",
            "How far before its cursor a pull begins to read again; a number for a cursor of numbers.",
            types=DATABASES,
            default="10 minutes, or 10000",
            example="1 hour",
        ),
        Key(
            "restated",
            "text",
            "How long after a day its file may come again with other rows; later it is refused.",
            types=("ga4",),
            default="3 days",
            example="3 days",
        ),
        Key("sheet", "text", "The sheet of an Excel file.", types=FILES, default="the first", example="Orders"),
        Key(
            "encoding",
            "text",
            "How delimited files are written that are not UTF-8.",
            types=TEXTS,
            default="utf-8",
            example="windows-1252",
        ),
        Key("dates", "choice", "How dates are written.", types=TEXTS, choices=("dmy", "mdy", "ymd")),
        Key("decimal", "choice", "The decimal mark.", types=TEXTS, choices=("point", "comma")),
        Key("delimiter", "text", "What stands between columns.", types=TEXTS, default="found", example=";"),
        Key(
            "header",
            "choice",
            "Whether the first line names the columns.",
            types=FILES,
            choices=("yes", "no"),
        ),
        Key("column_types", "texts", "The types of columns that values should not decide.", types=TEXTS),
        Key("options", "texts", "What a type that a package adds needs to know."),
    ),
    model.Source,
)

SOURCE_TABLE = Thing(
    "source_table",
    "A table of a database to pull; its name alone will do.",
    (
        Key("name", "name", "What it is called here.", required=True, example="orders"),
        Key("from", "text", "The table or view there.", default="the name", example="public.orders"),
        Key(
            "primary_key",
            "names",
            "The columns that tell one row from another.",
            default="what the database says",
            example="[id]",
        ),
        Key(
            "cursor",
            "text",
            "The column that grows with every change: only what changed is read. Without one the table is read whole.",
            example="updated_at",
        ),
        Key("columns", "names", "Only these columns.", default="all", example="[id, updated_at, amount]"),
        Key("into", "name", "The table it goes into.", default="both names: shop_orders", example="orders"),
        Key("full", "text", "How often it is read whole all the same.", default="the source's", example="7 days"),
        Key("lag", "text", "How far before its cursor a pull begins.", default="the source's", example="1 hour"),
    ),
    model.SourceTable,
    bare=True,
)
