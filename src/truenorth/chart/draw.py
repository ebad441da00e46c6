"""The door to every drawing: a value of its kind in, SVG text out; `theme=None` writes classes for a page."""

from truenorth.chart.bar import Bars, bars, pace, share
from truenorth.chart.flow import Flow, flows, slots
from truenorth.chart.line import Annotation, Lines, Series, lines, positions
from truenorth.chart.multiples import multiples
from truenorth.chart.spark import Spark, spark
from truenorth.chart.stairs import Stage, ladder, stairs
from truenorth.chart.waterfall import Step, cascade, waterfall
from truenorth.chart.ways import Way, ways

__all__ = [
    "Annotation",
    "Bars",
    "Flow",
    "Lines",
    "Series",
    "Spark",
    "Stage",
    "Step",
    "Way",
    "bars",
    "cascade",
    "flows",
    "ladder",
    "lines",
    "multiples",
    "pace",
    "positions",
    "share",
    "slots",
    "spark",
    "stairs",
    "waterfall",
    "ways",
]
