"""The keys of what a metric is made from: inputs of a derived one, the time of a snapshot, what two events share."""

from __future__ import annotations

from truenorth.base.period import GRAINS
from truenorth.define import model
from truenorth.define.key import Key, Thing

INPUT_METRIC = Thing(
    "input_metric",
    "One input of a derived metric.",
    (
        Key("name", "name", "The metric.", required=True, example="revenue"),
        Key("alias", "name", "Its name in `expr`.", default="the metric's name", example="previous"),
        Key("offset_window", "text", "How far back it is taken.", example="1 month"),
        Key(
            "offset_to_grain",
            "grain",
            "The grain at whose start it is taken: one of these, or of a calendar.",
            choices=GRAINS,
            example="month",
        ),
        Key("filter", "sql", "A condition for this input only.", example="plan = 'pro'"),
    ),
    model.InputMetric,
)

NON_ADDITIVE_DIMENSION = Thing(
    "non_additive_dimension",
    "The time along which a snapshot may not be summed.",
    (
        Key("name", "text", "The field that holds the day of the snapshot.", required=True, example="day"),
        Key(
            "window_agg",
            "choice",
            "Which snapshot stands for a period.",
            choices=("last", "first", "avg"),
            default="last",
        ),
        Key("group_by", "names", "Each of these has its own last (or first) day.", example="[account]"),
        Key(
            "among",
            "choice",
            "Which rows say what the last (or first) day is: all, or those that meet the conditions.",
            choices=("all", "filtered"),
            default="all",
        ),
    ),
    model.NonAdditiveDimension,
)

CONSTANT_PROPERTY = Thing(
    "constant_property",
    "Two fields that must be equal for an event to be the conversion of another.",
    (
        Key("base_property", "text", "The field of the base event.", required=True, example="plan"),
        Key("conversion_property", "text", "The field of the conversion.", required=True, example="plan"),
    ),
    model.ConstantProperty,
)
