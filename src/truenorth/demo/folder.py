"""Where the definitions of an example stand: inside an installed wheel, or in the checkout."""

from __future__ import annotations

from pathlib import Path

from truenorth.base.errors import SourceError, did_you_mean

PACKAGE = Path(__file__).resolve().parent.parent
HOMES = (PACKAGE / "examples", PACKAGE.parent.parent / "examples")


def demo_folder(name: str) -> Path:
    """The folder with the example's truenorth.yml."""
    for home in HOMES:
        if (home / name / "truenorth.yml").is_file():
            return home / name
    known = sorted({file.parent.name for home in HOMES for file in home.glob("*/truenorth.yml")})
    hint = did_you_mean(name, known) or f"there are: {', '.join(known) or 'none in this installation'}"
    raise SourceError("E_EXAMPLE_NOT_FOUND", f'no example named "{name}"', hint=hint)
