"""`truenorth import`: files into tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from truenorth import workspace
from truenorth.base.errors import SourceError
from truenorth.cli import say
from truenorth.cli.place import workspace_folder
