"""TrueNorth: the place where a company's key metrics live.

>>> import truenorth as tn
>>> tn.open  # doctest: +ELLIPSIS
<function open at ...>
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truenorth.workspace import Workspace
    from truenorth.workspace import open as open  # noqa: A004

__version__ = "0.1.0"
__all__ = ["Workspace", "__version__", "open"]


def __getattr__(name: str) -> Any:
    """The names of the front door on demand, so that importing the package costs nothing."""
    if name in ("open", "Workspace"):
        from truenorth import workspace

        return getattr(workspace, name)
    raise AttributeError(f"module 'truenorth' has no attribute {name!r}")


def __dir__() -> list[str]:
    """What a prompt offers to complete."""
    return __all__
