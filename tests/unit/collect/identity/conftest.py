from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.collect.load.stream import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path)
    yield opened
    opened.close()
