"""The example companies: a generator that tells acme's eighteen months as tables, and the way to their definitions."""

from truenorth.demo.acme import generate
from truenorth.demo.folder import demo_folder

__all__ = ["demo_folder", "generate"]
