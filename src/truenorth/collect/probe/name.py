"""Asking for a name: which records it has, and what the server says."""

from __future__ import annotations

from truenorth.collect.probe.address import addresses
from truenorth.collect.probe.outcome import Outcome, Refusal
from truenorth.define.probe import Check

PORT = 53


async def find(check: Check, seen: Outcome) -> None:
    """Ask for the records of a name, and note them; Refusal where no server answers."""
    import dns.asyncresolver
    import dns.exception
    import dns.rcode
    import dns.resolver

    own = bool(check.resolver)
    asked = dns.asyncresolver.Resolver(configure=not own)
    if own:
        host, _, port = check.resolver.rpartition(":") if check.resolver.count(":") == 1 else (check.resolver, "", "")
        asked.port = int(port) if port.isdigit() else PORT
        asked.nameservers = list(await addresses(host, asked.port, check.allow_private))
    try:
        found = await asked.resolve(check.dns, check.record, lifetime=check.patience.total_seconds(), search=False)
    except dns.resolver.NXDOMAIN:
        seen.connected, seen.code = True, "NXDOMAIN"
        raise Refusal(f"dns: {check.dns} does not exist") from None
    except dns.resolver.NoAnswer:
        seen.connected, seen.code = True, "NOERROR"
        raise Refusal(f"dns: {check.dns} has no record {check.record}") from None
    except dns.exception.DNSException as error:
        raise Refusal(f"dns: {str(error).partition(': Server')[0].rstrip('.')[:200]}") from None
    seen.connected, seen.code = True, dns.rcode.to_text(found.response.rcode())
    seen.answers = sorted(one.to_text().strip('"').rstrip(".") for one in found)
