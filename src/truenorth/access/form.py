"""Forms that change something: each carries a word that only a page of ours could have written into it.

The word is made from the secret of the visitor's cookie, which another site can neither read nor guess. So nothing
needs to be kept for it, and it is worth nothing in anybody else's browser.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

from truenorth.base.errors import AccessError

FIELD = "form_token"
LARGEST = 64 * 1024
MOST_FIELDS = 100
KIND = "application/x-www-form-urlencoded"
OWN = ("", "same-origin", "none")


def form_token(secret: str) -> str:
    """The word for the forms of one visitor."""
    return hmac.new(secret.encode(), b"truenorth form", "sha256").hexdigest()


def read_form(body: bytes, kind: str) -> dict[str, str]:
    """The fields of a form as a browser sends it; of several with one name the last counts.

    AccessError E_BAD_FORM for anything else, or too much of it.

    >>> read_form(b"a=1&b=%C3%A9", "application/x-www-form-urlencoded")
    {'a': '1', 'b': 'é'}
    """
    if kind.partition(";")[0].strip().lower() != KIND:
        raise AccessError("E_BAD_FORM", f'this is no form: "{kind[:80]}"', hint=f"send it as {KIND}")
    if len(body) > LARGEST:
        raise AccessError("E_BAD_FORM", "the form is too large", hint=f"at most {LARGEST} bytes")
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise AccessError("E_BAD_FORM", "the form cannot be read", hint="send it from its page") from error
    return dict(fields)


def check_form(fields: Mapping[str, str], secret: str, headers: Mapping[str, str], own: frozenset[str]) -> None:
    """AccessError E_FOREIGN_FORM unless a page of ours sent the form to us; `own` are the origins that we are asked by.

    The word in the form must be the visitor's, and where the browser says that it comes from must be here.
    """
    origin = headers.get("origin", "")
    if (origin and origin.lower() not in own) or headers.get("sec-fetch-site", "") not in OWN:
        raise _foreign("another site sent this form")
    if not secret or not hmac.compare_digest(fields.get(FIELD, "").encode(), form_token(secret).encode()):
        raise _foreign("this form was not sent from a page of this browser, or the page was too old")


def _foreign(what: str) -> AccessError:
    return AccessError("E_FOREIGN_FORM", what, hint="open the page again and send its form once more")
