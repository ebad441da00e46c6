"""Ids that name nobody: what programs send when they have no id. A person linked through one would be everybody.

Names that somebody may really have (`admin`, `test`, the shop's user 1) are none of them.
"""

from __future__ import annotations

JUNK = frozenset(
    (
        "anonymous",
        "anon",
        "guest",
        "null",
        "nil",
        "none",
        "undefined",
        "unknown",
        "n/a",
        "na",
        "nan",
        "empty",
        "distinct_id",
        "distinctid",
        "anonymous_id",
        "anonymousid",
        "user_id",
        "userid",
        "id",
        "uid",
        "email",
        "username",
        "not_authenticated",
        "not-authenticated",
        "logged_out",
        "true",
        "false",
        "-1",
        "[]",
        "{}",
        "<null>",
        "(null)",
        "(none)",
        "[object object]",
        "00000000-0000-0000-0000-000000000000",
    )
)


def is_junk(text: str) -> bool:
    """Whether an id says nothing about who it is, however it is written.

    >>> is_junk(" Undefined "), is_junk("000"), is_junk("u1"), is_junk("1")
    (True, True, False, False)
    """
    plain = text.strip().strip("\"'").casefold()
    return plain in JUNK or not plain.strip("0- ") or not plain.isprintable()
