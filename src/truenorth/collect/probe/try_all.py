"""Trying checks once, all at the same time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.collect.probe.once import Clock, Probe
from truenorth.collect.probe.outcome import Outcome, Result
from truenorth.collect.pull.secret import secrets
from truenorth.define.model import Model
from truenorth.define.probe import Check

MANY = 8


def checks_of(model: Model, names: Sequence[str]) -> list[Check]:
    """The checks of these names, or all there are that can be asked; QueryError E_NAME_NOT_FOUND."""
    for name in names:
        if name not in model.checks:
            known = f"there are {', '.join(list(model.checks)[:MANY])}" if model.checks else "define it under checks:"
            hint = did_you_mean(name, model.checks) or known
            raise QueryError("E_NAME_NOT_FOUND", f'no check named "{name}"', hint=hint)
    return [one for one in model.checks.values() if (one.name in names if names else one.kind != "heartbeat")]


def try_all(checks: Sequence[Check], folder: Path, clock: Clock) -> list[tuple[Check, Result, Outcome]]:
    """Each check with its row and what it saw."""
    probe = Probe(given(folder), clock)

    async def tried() -> list[tuple[Result, Outcome]]:
        return await asyncio.gather(*(probe.once(one) for one in checks))

    return [(one, *found) for one, found in zip(checks, asyncio.run(tried()), strict=True)]


def given(folder: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The secrets that checks may name: of the workspace's file, and before these the environment."""
    return {**secrets(folder), **environment}
