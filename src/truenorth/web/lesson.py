"""The lesson of a metric, fed with the page's own numbers."""

from __future__ import annotations

from dataclasses import replace

from truenorth.learn.lesson import Lesson
from truenorth.learn.lesson import lesson as teach
from truenorth.learn.reading import Past
from truenorth.learn.values import numbers
from truenorth.web.question import Asked
from truenorth.web.track import Track


def lesson(asked: Asked, line: Track) -> Lesson:
    """What the metric teaches with the numbers of this range."""
    whole = slice(line.whole.start, line.whole.stop)
    usual = line.usual
    judged = replace(usual, low=usual.low[whole], centre=usual.centre[whole], high=usual.high[whole])
    past = Past(line.values[whole], asked.grain, judged)
    return teach(asked.model, asked.metric, numbers(asked.model, asked.total, dict(asked.operands)), past)
