"""The keys of what is expected of a metric: its targets, and numbers that are known to be right."""

from __future__ import annotations

from typing import get_args

from truenorth.define import model
from truenorth.define.key import Key, Thing

TARGET = Thing(
    "target",
    "What a metric should reach in every period.",
    (
        Key("value", "number", "The number to reach.", required=True, example="120000"),
        Key("every", "choice", "The period it is for.", choices=get_args(model.Grain), default="month"),
        Key("from", "date", "The first day it holds.", example="2026-01-01"),
        Key("to", "date", "The last day it holds.", example="2026-12-31"),
    ),
    model.Target,
)

TEST = Thing(
    "test",
    "A number that is known to be right.",
    (
        Key("equals", "value", "The number (or null for no value).", required=True, example="100"),
        Key("where", "sql", "The rows it is for.", example="metric_time = '2026-01-05'"),
        Key("tolerance", "number", "How far off it may be.", default="0", example="0.01"),
    ),
    model.MetricTest,
)
