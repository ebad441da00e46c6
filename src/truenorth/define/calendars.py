"""Which keys a calendar of one's own has."""

from __future__ import annotations

from truenorth.define import model
from truenorth.define.key import Key, Thing

CALENDAR = Thing(
    "calendar",
    "What makes a dataset a calendar of one's own: 4-4-5 weeks, seasons, school terms.",
    (
        Key("column", "text", "The column that holds the day.", required=True, example="day"),
        Key("grain", "choice", "What a row is.", choices=("second", "minute", "hour", "day"), default="day"),
        Key("grains", "things", "The grains it adds; a column's name alone will do.", thing="calendar_grain"),
    ),
    model.CalendarDays,
)

CALENDAR_GRAIN = Thing(
    "calendar_grain",
    "A grain of a calendar: days in a row with the same value are one period.",
    (
        Key("name", "name", "The name used in questions.", required=True, example="retail_month"),
        Key("column", "text", "What a day's period is called.", default="the name", example="retail_month"),
    ),
    model.CalendarGrain,
    bare=True,
)
