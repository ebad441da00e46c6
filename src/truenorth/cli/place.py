"""Which workspace a command means: the folder named, or the nearest one above with a truenorth.yml."""

from __future__ import annotations

from pathlib import Path

from truenorth.base.errors import AccessError

FILE = "truenorth.yml"


def workspace_folder(named: str = "") -> Path:
    """The folder of the workspace; AccessError E_WORKSPACE_NOT_FOUND when there is none."""
    if named:
        folder = Path(named)
        folder = folder.parent if folder.name == FILE else folder
        if (folder / FILE).is_file():
            return folder
        raise AccessError("E_WORKSPACE_NOT_FOUND", f'no {FILE} in "{named}"', hint="name a folder that holds one")
    start = Path.cwd()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    raise AccessError(
        "E_WORKSPACE_NOT_FOUND",
        f"no {FILE} here or in any folder above",
        hint="go to a workspace, name one with -w DIR, or begin one with `truenorth init DIR --from DATA`",
    )
