"""TrueNorth: the place where a company's key metrics live.

>>> import truenorth as tn
>>> tn.open  # doctest: +ELLIPSIS
<function open at ...>
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def __getattr__(name: str) -> Any:
    """`open` on demand, so that importing the package costs nothing."""
    if name == "open":
        from truenorth import workspace

        return workspace.open
    raise AttributeError(f"module 'truenorth' has no attribute {name!r}")
