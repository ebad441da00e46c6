"""What docstrings show is what happens."""

from __future__ import annotations

import doctest
import importlib

import pytest

from tests.architecture.tree import modules

WITH_EXAMPLES = sorted(module.name for module in modules() if ">>> " in module.path.read_text("utf-8"))


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_doctests(name: str) -> None:
    done = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert done.failed == 0
