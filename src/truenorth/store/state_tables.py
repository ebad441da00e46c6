"""The tables of the state database as they are now; a test holds them against what the migrations make."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text

TABLES = MetaData()


def text(name: str, size: int, *, key: bool = False, unique: bool | None = None, index: bool = False) -> Column[str]:
    """A column of text that is always there."""
    return Column(name, String(size), nullable=False, primary_key=key, unique=unique, index=index or None)


def moment(name: str, *, known: bool = True, index: bool = False) -> Column[datetime]:
    """A column of naive UTC times."""
    return Column(name, DateTime, nullable=not known, index=index or None)


Table("people", TABLES, text("name", 80, key=True), text("password", 255), moment("created"))
Table(
    "sessions",
    TABLES,
    text("digest", 64, key=True),
    text("person", 80, index=True),
    moment("created"),
    moment("seen"),
)
Table(
    "shares",
    TABLES,
    text("id", 16, key=True),
    text("digest", 64, unique=True),
    text("path", 500),
    Column("query", Text, nullable=False),
    text("title", 200),
    text("person", 80),
    moment("created"),
    moment("expires"),
    moment("revoked", known=False),
)
Table(
    "keys",
    TABLES,
    text("id", 16, key=True),
    text("digest", 64, unique=True),
    text("source", 40),
    text("prefix", 64),
    moment("created"),
    moment("used", known=False),
    moment("revoked", known=False),
)
Table(
    "attempts",
    TABLES,
    text("bucket", 64, key=True),
    Column("failures", Integer, nullable=False),
    moment("seen", index=True),
    moment("until"),
)
Table(
    "audit",
    TABLES,
    Column("number", Integer, primary_key=True, autoincrement=True),
    moment("at"),
    text("person", 80),
    text("action", 40),
    text("about", 500),
    text("address", 64),
)
