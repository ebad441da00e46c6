"""The keys of financial statements."""

from __future__ import annotations

from truenorth.define import model
from truenorth.define.key import Key, Thing

STATEMENT = Thing(
    "statement",
    "A financial statement: metrics as lines, periods across; metrics that add up other lines are its totals.",
    (
        Key("name", "name", "The name it is asked for by.", required=True, example="profit_and_loss"),
        Key("lines", "names", "The metrics, in order.", required=True, example="[revenue, hosting, gross_profit]"),
        Key(
            "by",
            "text",
            "A dimension: its values are the rows of a table then, the metrics its columns.",
            example="channel",
        ),
        Key("label", "text", "The name people read.", default="the name in words", example="Profit and loss"),
        Key("description", "text", "What it is, in a sentence.", example="What the month earned."),
    ),
    model.Statement,
)
