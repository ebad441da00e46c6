"""SVG to PNG without a browser and without the machine's fonts."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1)
def font_file() -> str:
    """The regular face of the font that is installed with the package."""
    from importlib.resources import files

    return str(files("font_source_sans_pro") / "files" / "SourceSansPro-Regular.ttf")


def png(svg: str, zoom: float = 2.0) -> bytes:
    """The picture as PNG; `svg` must be drawn with a theme, since a file has no style sheet."""
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=zoom,
            skip_system_fonts=True,
            font_files=[font_file()],
            sans_serif_family="Source Sans Pro",
            font_family="Source Sans Pro",
        )
    )
