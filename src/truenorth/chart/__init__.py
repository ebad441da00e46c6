"""Pictures: plain values in, SVG text out. One renderer for pages, files, mail and notebooks."""

from truenorth.chart import draw
from truenorth.chart.picture import png
from truenorth.chart.theme import DARK, LIGHT, Theme

__all__ = ["DARK", "LIGHT", "Theme", "draw", "png"]
