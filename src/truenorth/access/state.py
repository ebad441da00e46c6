"""The state of a workspace, by its folder alone."""

from __future__ import annotations

from pathlib import Path

from truenorth.define.load import load_workspace
from truenorth.store.state import State, open_state


def state_of(folder: Path) -> State:
    """The state that truenorth.yml names; definitions that are wrong do not matter.

    DefinitionErrors when truenorth.yml is wrong itself, AccessError E_UNKNOWN_STATE for a database of another kind.
    """
    return open_state(folder, load_workspace(folder).state)
