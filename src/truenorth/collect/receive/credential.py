"""The capture key in a request: in a header, as a user's password or name, or in the address."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from urllib.parse import parse_qs

from truenorth.collect.receive.request import Request


def credential(request: Request) -> str:
    """The key as Bearer, as Basic (the password, or without one the user), as X-Api-Key or `?key=`; "" without one.

    >>> credential(Request("POST", "/", "", {"authorization": "Basic YTp0bl9rZXk="}, b"", 0))
    'tn_key'
    """
    word, _, rest = request.headers.get("authorization", "").strip().partition(" ")
    if word.lower() == "bearer":
        return rest.strip()
    if word.lower() == "basic":
        try:
            user, _, password = b64decode(rest.strip(), validate=True).decode().partition(":")
            return password or user
        except (Error, UnicodeDecodeError):
            return ""
    named = request.headers.get("x-api-key", "").strip()
    return named or parse_qs(request.query).get("key", [""])[0]
