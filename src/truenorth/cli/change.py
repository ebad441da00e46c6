"""`truenorth diff`: what a change of the definitions does to history."""

from __future__ import annotations

from truenorth import workspace
from truenorth.cli import say
from truenorth.cli.place import workspace_folder
from truenorth.export.difference import written


def diff(folder: str, asked: tuple[str, tuple[str, ...], str, str], form: str, fail_on_change: bool) -> int:
    """Compare with a revision; 1 where history changes and that was to be told."""
    revision, metrics, range_, grain = asked
    with workspace.open(workspace_folder(folder)) as opened:
        found = opened.diff(revision, *metrics, range=range_, grain=grain)
        say.out(written(found, form, opened.model.workspace.locale))
    return say.FAILED if fail_on_change and found.changes_history else say.OK
