"""Certificates: what they are trusted by, until when they hold, and what is wrong with one in words."""

from __future__ import annotations

import ssl
from functools import lru_cache


@lru_cache
def trust() -> ssl.SSLContext:
    """What this machine trusts; read once, for that takes long."""
    return ssl.create_default_context()


def ends(found: ssl.SSLObject) -> int | None:
    """When the certificate of a connection ends, in microseconds since 1970 UTC."""
    told = (found.getpeercert() or {}).get("notAfter")
    return int(ssl.cert_time_to_seconds(told)) * 1_000_000 if isinstance(told, str) else None


def wrong(error: BaseException) -> str:
    """Why a certificate is not trusted; "" where an error is of something else."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return f"certificate: {seen.verify_message}"
        if isinstance(seen, ssl.SSLError):
            return f"tls: {(seen.reason or str(seen)).lower().replace('_', ' ')}"
        seen = seen.__cause__ or seen.__context__
    return ""
