"""One try of a check: what it looks at is asked, what came back is judged, and all of that is a row."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from functools import lru_cache

from truenorth.base.age import lasting
from truenorth.base.errors import AccessError
from truenorth.collect.probe import http, name, port
from truenorth.collect.probe.outcome import Outcome, Refusal, Result
from truenorth.collect.probe.verdict import failed
from truenorth.collect.pull.secret import without_secret
from truenorth.define.condition import Condition, condition
from truenorth.define.probe import HERE, Check, length

NAMED = re.compile(r"\$\{(\w+)\}")
# What an address of the web must answer where nothing else is said.
USUAL = ("status < 400",)
# The clock that results are told by, in microseconds since 1970 UTC.
Clock = Callable[[], int]


class Beats:
    """When things that report themselves were last heard of; what was not heard yet has time from `since` on."""

    def __init__(self, since: int, known: Mapping[str, int] | None = None) -> None:
        self.since = since
        self.known = dict(known or {})
        self.failed: dict[str, str] = {}

    def heard(self, check: str, at: int, error: str = "") -> None:
        """Note a beat, or that something says that it failed: so it stands until it says otherwise."""
        self.known[check] = max(at, self.known.get(check, 0))
        self.failed[check] = error

    def judge(self, check: Check, now: int) -> str:
        """Why it counts as down; "" while it is in time, and well by its own word."""
        if error := self.failed.get(check.name):
            return error
        silent = (now - self.known.get(check.name, self.since)) / 1e6
        if silent <= length(check.heartbeat).total_seconds():
            return ""
        return f"silent: nothing was heard for {lasting(silent)}, and something should every {check.heartbeat}"


class Probe:
    """Tries checks. `secrets` are what `${NAME}` stands for; none of them is in any result."""

    def __init__(
        self, secrets: Mapping[str, str], clock: Clock, location: str = HERE, beats: Beats | None = None
    ) -> None:
        self.secrets = secrets
        self.clock = clock
        self.location = location
        self.beats = beats or Beats(clock())

    async def once(self, check: Check) -> tuple[Result, Outcome]:
        """Try once, and never for longer than the check's patience."""
        began, clock = self.clock(), time.perf_counter()
        seen = Outcome()
        wait = check.patience
        try:
            async with asyncio.timeout(wait.total_seconds()):
                await self.look(check, seen, began)
        except TimeoutError:
            seen.error = f"timeout: no answer within {lasting(wait.total_seconds())}"
        except Refusal as error:
            seen.error = str(error)
        except AccessError as error:
            seen.error = f"{error.code}: {error.message}"
        except Exception as error:  # noqa: BLE001 - whatever it was, it is this check's and holds up no other
            seen.error = f"failed: {type(error).__name__} {error}"[:300]
        seen.duration = (time.perf_counter() - clock) * 1000
        return self.result(check, seen, began), seen

    async def look(self, check: Check, seen: Outcome, now: int) -> None:
        """What each kind of check does."""
        if check.kind == "url":
            headers = {one: self.filled(text) for one, text in check.headers.items()}
            body = self.filled(check.body).encode()
            asked = http.Asked(check.method, self.filled(check.url), headers, body, check.allow_private)
            await http.ask(asked, check.follow_redirects, seen)
        elif check.kind in ("tcp", "tls"):
            await port.connect(check.tcp or check.tls, check.kind == "tls", check.allow_private, seen)
        elif check.kind == "dns":
            await name.find(check, seen)
        else:
            seen.error = self.beats.judge(check, now)

    def filled(self, text: str) -> str:
        """A text with its secrets; Refusal where one is not given."""

        def secret(found: re.Match[str]) -> str:
            if found[1] not in self.secrets:
                raise Refusal(f"secret: {found[1]} is neither in the environment nor in .truenorth/secrets")
            return self.secrets[found[1]]

        return NAMED.sub(secret, text)

    def hidden(self, check: Check, text: str) -> str:
        """A text without any of the check's secrets."""
        for found in NAMED.findall(" ".join((check.url, check.body, *check.headers.values()))):
            text = without_secret(text, self.secrets.get(found, ""))
        return text

    def result(self, check: Check, seen: Outcome, began: int) -> Result:
        """What came back, judged."""
        wrong = [] if seen.error else failed(expected(check), seen, began)
        ok = not seen.error and not wrong
        slow = failed(read(tuple(check.degraded)), seen, began) if ok else []
        heartbeat = check.kind == "heartbeat"
        return Result(
            check=check.name,
            time=began,
            ok=ok,
            location=self.location,
            degraded=bool(slow),
            duration_ms=None if heartbeat else round(seen.duration, 3),
            status=seen.status,
            error=self.hidden(check, seen.error),
            certificate_expires=seen.certificate_expires,
            failed=[self.hidden(check, one) for one in (*wrong, *slow)],
        )


def expected(check: Check) -> tuple[Condition, ...]:
    """What must hold for a check to be up: what it says, or what is usual."""
    return read(tuple(check.conditions or (USUAL if check.kind == "url" else ())))


@lru_cache(4096)
def read(texts: tuple[str, ...]) -> tuple[Condition, ...]:
    """Conditions, each text read once."""
    return tuple(condition(text) for text in texts)
