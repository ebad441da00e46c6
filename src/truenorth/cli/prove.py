"""`truenorth check`, `test` and `verify`: is what is defined well written, and are the numbers right?"""

from __future__ import annotations

import os
from collections.abc import Sequence, Sized

from truenorth import workspace
from truenorth.base.errors import DefinitionErrors, QueryError, TrueNorthError, did_you_mean
from truenorth.cli import say
from truenorth.cli.place import workspace_folder
from truenorth.define.report import FORMATS, write


def check(folder: str, form: str) -> int:
    """Tell all mistakes of the definitions, and what they name that the data does not have; 0 when there are none."""
    if form not in FORMATS:
        hint = did_you_mean(form, FORMATS) or "one of " + ", ".join(FORMATS)
        raise QueryError("E_UNKNOWN_FORMAT", f'no format named "{form}"', hint=hint)
    place = workspace_folder(folder)
    summary = ""
    errors: tuple[TrueNorthError, ...]
    try:
        with workspace.open(place) as opened:
            model = opened.model
            summary = f"{count(model.metrics, 'metric')} over {count(model.defined, 'dataset')}: no mistakes found"
            errors = opened.check()
            if not errors and workspace.nothing_to_read(opened):
                summary += "; the warehouse has no tables yet, so the definitions were checked alone"
    except DefinitionErrors as wrong:
        errors = wrong.errors
    if errors or form != "text":
        shown = write(errors, form, os.path.relpath(place))
        if shown:
            say.out(shown)
    else:
        say.out(summary)
    return say.FAILED if errors else say.OK


def count(things: Sized, name: str) -> str:
    """How many there are, with the noun.

    >>> count([1], "mistake"), count([], "mistake")
    ('1 mistake', '0 mistakes')
    """
    return f"{len(things):,} {name}{'' if len(things) == 1 else 's'}"


def test(folder: str) -> int:
    """Ask every stated number; 1 when one differs."""
    with workspace.open(workspace_folder(folder)) as opened:
        outcomes = opened.test()
    for outcome in outcomes:
        say.out(str(outcome))
    failed = sum(not outcome.passed for outcome in outcomes)
    if not outcomes:
        say.out("no tests: add `tests: [{where: …, equals: …}]` to a metric")
        return say.OK
    passed = len(outcomes) - failed
    say.out(f"{passed} of {len(outcomes)} tests passed")
    return say.FAILED if failed else say.OK


def verify(folder: str, metrics: Sequence[str], samples: int) -> int:
    """Compute every number another way; 1 with the smallest example where two ways differ."""
    with workspace.open(workspace_folder(folder)) as opened:
        report = opened.verify(*metrics, samples=samples)
    for check_, compared in report.counts.items():
        say.out(f"{compared:>9,}  {check_}")
    for word in report.skipped:
        say.out(f"  skipped  {word}")
    if report.smallest is None:
        say.out(f"{report.compared:,} numbers compared, all the same")
        return say.OK
    say.out(str(report.smallest))
    more = len(report.failures) - 1
    say.out(f"{report.compared:,} numbers compared; the smallest failing example is shown, {more:,} more differ")
    return say.FAILED
