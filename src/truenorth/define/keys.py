"""Which keys each definition has: the one table behind reading, the JSON Schema and the reference."""

from __future__ import annotations

from typing import Any, get_args

from truenorth.base import period
from truenorth.define import model
from truenorth.define.attribution import ATTRIBUTING, ATTRIBUTION
from truenorth.define.calendars import CALENDAR, CALENDAR_GRAIN
from truenorth.define.churn import CHURN
from truenorth.define.cohort import COHORT
from truenorth.define.currencies import RATES, conversion
from truenorth.define.expected import TARGET, TEST
from truenorth.define.funnel import EXCLUSION, FUNNEL, FUNNEL_STEP
from truenorth.define.inputs import CONSTANT_PROPERTY, INPUT_METRIC, NON_ADDITIVE_DIMENSION
from truenorth.define.journey import JOURNEY, JOURNEYS
from truenorth.define.key import Key as Key
from truenorth.define.key import Kind as Kind
from truenorth.define.key import Thing as Thing
from truenorth.define.movement import MOVEMENT, MOVING
from truenorth.define.paths import PATHS
from truenorth.define.probe import CHECK, MAINTENANCE
from truenorth.define.retention import RETENTION
from truenorth.define.roles import ROLES_KEY
from truenorth.define.series import SERIES
from truenorth.define.series import TYPES as SERIES_TYPES
from truenorth.define.sessions import SESSIONS
from truenorth.define.slices import SLICES
from truenorth.define.slices import TYPES as SLICED
from truenorth.define.slo import CREDIT, SLO, WORTH
from truenorth.define.sources import SOURCE, SOURCE_TABLE
from truenorth.define.statements import STATEMENT
from truenorth.define.stickiness import STICKINESS

METRIC_TYPES: tuple[str, ...] = get_args(model.MetricType)
GRAINS: tuple[str, ...] = get_args(model.Grain)
PERIODS: tuple[str, ...] = period.GRAINS
GRANULARITIES: tuple[str, ...] = get_args(model.Granularity)
AGGREGATIONS: tuple[str, ...] = get_args(model.Aggregation)


VERSION = Key("version", "version", "The version of the format: always 1.", required=True, example="1")
LABEL = Key("label", "text", "The name people read.", default="the name in words", example="Net revenue")
DESCRIPTION = Key("description", "text", "What it is, in a sentence.", example="Money from paid orders.")
UNIT = Key(
    "unit",
    "text",
    "What it is in: currency, percent, points, ratio, milliseconds, seconds, minutes, hours, days, or a noun (orders).",
    default="a plain count",
    example="currency",
)

WORKSPACE = Thing(
    "workspace",
    "truenorth.yml: one workspace and its choices.",
    (
        VERSION,
        Key("name", "text", "The name of the company or team.", required=True, example="Acme"),
        Key("timezone", "text", "The zone whose days and months are counted.", default="UTC", example="Europe/Berlin"),
        Key("currency", "text", "The currency of amounts that name no other.", default="USD", example="EUR"),
        Key(
            "week_start",
            "choice",
            "The first day of a week.",
            choices=("monday", "sunday", "saturday"),
            default="monday",
        ),
        Key(
            "fiscal_year_start",
            "choice",
            "The month in which a fiscal year begins; it is named by the year in which it ends.",
            choices=get_args(model.YearStart),
            default="january",
        ),
        Key(
            "clock",
            "choice",
            "What `now` is: the wall clock, or the end of data that has ended (what is collected does not move it).",
            choices=("wall", "data"),
            default="wall",
        ),
        Key(
            "definitions", "names", "Folders or files that hold definitions.", default="[metrics]", example="[metrics]"
        ),
        Key(
            "warehouse",
            "text",
            "Where the data is.",
            default="duckdb:.truenorth/warehouse.duckdb",
            example="duckdb:.truenorth/warehouse.duckdb",
        ),
        Key(
            "state",
            "text",
            "Where accounts, sign-ins, links and capture keys are kept: a file of SQLite, or PostgreSQL.",
            default="sqlite:.truenorth/state.db",
            example="postgresql://truenorth@db.example/truenorth",
        ),
        Key("locale", "text", "How numbers and dates are written.", default="en", example="de_CH"),
        Key(
            "home",
            "names",
            "The metrics of the home page, in order.",
            default="all but the parts of standard metrics, at most 24",
            example="[revenue]",
        ),
        Key(
            "question_seconds",
            "number",
            "After how many seconds a question is stopped.",
            default="no limit",
            example="10",
        ),
    ),
    model.Workspace,
)

FILE = Thing(
    "file",
    "A file of definitions, anywhere below a folder that `definitions` names.",
    (
        VERSION,
        Key("datasets", "things", "The rows that metrics are computed from.", thing="dataset"),
        Key("relationships", "things", "How datasets point to each other.", thing="relationship"),
        Key("metrics", "things", "The metrics.", thing="metric"),
        Key("sources", "things", "Where rows are pulled from.", thing="source"),
        Key("statements", "things", "Metrics as lines of financial statements.", thing="statement"),
        Key("cohorts", "things", "People picked out, to split and filter by.", thing="cohort"),
        Key("slos", "things", "Service level objectives.", thing="slo"),
        Key("checks", "things", "What must be up, and is asked again and again.", thing="check"),
    ),
)

DATASET = Thing(
    "dataset",
    "Rows of one kind. Exactly one of `source`, `file`, `query`, `series` and `histogram` says where they are.",
    (
        Key("name", "name", "The name used in metrics and in `dataset.field`.", required=True, example="orders"),
        Key("source", "text", "A table of the warehouse.", example="orders"),
        Key("file", "text", "A file or a pattern of files, relative to the workspace.", example="data/orders*.parquet"),
        Key("query", "sql", "A select over tables of the warehouse.", example="select * from orders"),
        Key(
            "series",
            "text",
            "A metric that is collected, by its name: a row for each series and minute, its labels as columns.",
            example="http_requests_total",
        ),
        Key(
            "histogram",
            "text",
            "A histogram that is collected, by its name: a row for each bucket, series and minute.",
            example="http_request_duration_seconds",
        ),
        Key("primary_key", "names", "The columns that tell one row from another.", example="[order_id]"),
        Key(
            "unique_keys",
            "lists",
            "Other lists of columns of which each tells one row from another.",
            example="[[email], [shop, number]]",
        ),
        Key("time", "text", "The field that says when a row happened.", example="ordered_at"),
        Key("calendar", "thing", "Its rows are days, and it says what they are called.", thing="calendar"),
        Key("rates", "thing", "Its rows are exchange rates, and it says which column is what.", thing="rates"),
        Key("fields", "things", "The fields that metrics, groups and conditions may name.", thing="field"),
        ROLES_KEY,
        LABEL,
        DESCRIPTION,
    ),
    model.Dataset,
)

FIELD = Thing(
    "field",
    "A column of a dataset, or an expression over its columns.",
    (
        Key("name", "name", "The name used in metrics, groups and conditions.", required=True, example="net"),
        Key(
            "expr",
            "sql",
            "SQL for one row; a part of a nested column is `properties['plan']`.",
            default="the column of that name",
            example="amount - discount",
        ),
        LABEL,
        DESCRIPTION,
        UNIT,
        Key("currency", "text", "A currency code, or the column that holds one.", example="currency_code"),
        Key("timezone", "text", "The zone that a TIMESTAMP is written in.", default="UTC", example="America/New_York"),
        Key("granularity", "choice", "The finest grain a time has.", choices=GRANULARITIES, example="month"),
    ),
    model.Field,
)

RELATIONSHIP = Thing(
    "relationship",
    "Many rows of `from` point to one row of `to`.",
    (
        Key("name", "name", "The name, used to choose between two ways.", required=True, example="order_customer"),
        Key("from", "name", "The dataset with many rows.", required=True, example="orders"),
        Key("to", "name", "The dataset with one row for each.", required=True, example="customers"),
        Key("from_columns", "names", "The columns of `from` that point.", required=True, example="[customer_id]"),
        Key("to_columns", "names", "The columns of `to` they point to.", required=True, example="[customer_id]"),
        Key(
            "role",
            "name",
            "What a row of `from` calls the other side, as in `billing.region`; several relationships may share one.",
            example="billing",
        ),
        Key(
            "valid_from",
            "text",
            "The field of `to` that says since when a row is valid; a row meets the one valid at its own time.",
            default="since ever",
            example="valid_from",
        ),
        Key(
            "valid_to",
            "text",
            "The field of `to` that says when a row stopped being valid (that moment is left out; NULL is not yet).",
            default="valid for ever",
            example="valid_to",
        ),
        Key(
            "partition_columns",
            "names",
            "Columns of `to` that cut it into whole copies, such as one a day: rows meet within the partition of the "
            "nearest dataset on the way that has columns of the same names.",
            example="[snapshot_day]",
        ),
        Key(
            "doubled_keys",
            "choice",
            "Which rows of `to` a row meets where the data holds several of its key and one is promised: the first, "
            "or each of them, so that it counts once for each, as other tools join. The answer says so either way.",
            choices=("first", "each"),
            default="first",
        ),
    ),
    model.Relationship,
)

ROWS = ("simple", "snapshot")
METRIC = Thing(
    "metric",
    "A number worth looking at, over time and by group.",
    (
        Key("name", "name", "The name used in questions, files and addresses.", required=True, example="revenue"),
        Key("type", "choice", "How it is computed.", required=True, choices=METRIC_TYPES, example="simple"),
        LABEL,
        Key("domain", "choice", "Whose question it answers.", choices=get_args(model.Domain), example="financial"),
        DESCRIPTION,
        Key("owner", "text", "Who answers for it: a mail address or a name.", example="dana@acme.example"),
        UNIT,
        Key("currency", "text", "The currency of amounts.", default="the workspace's", example="EUR"),
        *conversion(("simple", *MOVING)),
        Key("per", "text", "What an amount is for one of.", default="told by what it is divided by", example="order"),
        Key("direction", "choice", "Which way is good.", choices=get_args(model.Direction), default="none"),
        Key("filter", "sql", "The condition that rows must meet.", example="status = 'paid'"),
        Key(
            "dataset",
            "name",
            "The rows it is computed from.",
            types=(*ROWS, *MOVING, *JOURNEYS, *SERIES_TYPES),
            required_for=ROWS,
            example="orders",
        ),
        Key(
            "agg",
            "choice",
            "How rows become one number (first and last: by their time).",
            types=(*ROWS, *SLICED),
            required_for=ROWS,
            choices=AGGREGATIONS,
        ),
        Key(
            "expr",
            "sql",
            "What is aggregated for each row (optional for count); what a row is worth while it lasts, for a movement; "
            "for a derived metric, the formula over its inputs.",
            types=("simple", "snapshot", "derived", *MOVING, *SERIES_TYPES),
            required_for=("derived",),
            example="net",
        ),
        Key(
            "percentile",
            "number",
            "Which percentile, from 0 to 1.",
            types=(*ROWS, "histogram_quantile"),
            required_for=("histogram_quantile",),
            example="0.95",
        ),
        Key(
            "percentile_type",
            "choice",
            "Between two values: a point on the line between them, or the lower rank's own value.",
            types=ROWS,
            choices=("continuous", "discrete"),
            default="continuous",
        ),
        Key(
            "approximate",
            "flag",
            "A percentile or median out of counts per narrow bucket: at most 1 % off, and quick over long windows.",
            types=ROWS,
            default="false",
            example="true",
        ),
        Key(
            "time",
            "text",
            "The field that places rows in time; for a movement, the day from which a row counts.",
            types=(*ROWS, *MOVING, *JOURNEYS, *SERIES_TYPES),
            default="the dataset's",
        ),
        Key(
            "time_granularity",
            "choice",
            "The grain of `metric_time` where a question names none; else the time's own, or day.",
            choices=GRANULARITIES,
        ),
        Key(
            "non_additive_dimension",
            "thing",
            "The time along which values may not be summed.",
            types=("snapshot",),
            required_for=("snapshot",),
            thing="non_additive_dimension",
        ),
        Key("numerator", "name", "The metric above the line.", types=("ratio",), required_for=("ratio",)),
        Key("denominator", "name", "The metric below the line.", types=("ratio",), required_for=("ratio",)),
        Key(
            "input_metrics",
            "things",
            "The metrics that `expr` computes with.",
            types=("derived",),
            required_for=("derived",),
            thing="input_metric",
        ),
        Key(
            "input_metric",
            "name",
            "The metric that is accumulated, or told for each slice of time.",
            types=("cumulative", *SLICED),
            required_for=("cumulative", *SLICED),
        ),
        Key(
            "window",
            "text",
            "How far back it accumulates; how long after its base event a conversion may come, or before it a touch.",
            types=("cumulative", "conversion", *ATTRIBUTING, "funnel", "paths", "stickiness"),
            default="no limit",
            example="28 days",
        ),
        Key(
            "grain_to_date",
            "grain",
            "The grain at whose start it begins anew: one of these, or of a calendar.",
            types=("cumulative", "stickiness"),
            choices=PERIODS,
            example="year",
        ),
        Key(
            "period_agg",
            "choice",
            "Which of a period's days stands for it, or their average.",
            types=("cumulative",),
            choices=("last", "first", "average"),
            default="last",
        ),
        Key(
            "entity",
            "text",
            "Who or what converts: a field of both datasets; whose balance it is, for a movement.",
            types=("conversion", *MOVING, *ATTRIBUTING, *JOURNEYS),
            required_for=("conversion", *ATTRIBUTING),
            example="customer",
        ),
        Key(
            "base_metric",
            "name",
            "The metric whose rows are waited on; the touches that get the credit, for an attribution.",
            types=("conversion", *ATTRIBUTING),
            required_for=("conversion", *ATTRIBUTING),
            example="signups",
        ),
        Key(
            "conversion_metric",
            "name",
            "The metric whose rows are the conversions.",
            types=("conversion", *ATTRIBUTING),
            required_for=("conversion", *ATTRIBUTING),
            example="purchases",
        ),
        Key(
            "calculation",
            "choice",
            "The share that converted, or how many did.",
            types=("conversion",),
            choices=("conversion_rate", "conversions"),
            default="conversion_rate",
        ),
        Key(
            "count_by",
            "choice",
            "A base event that converted counts once; or every conversion counts, at the latest base event before it.",
            types=("conversion",),
            choices=("base", "conversion"),
            default="base",
        ),
        Key(
            "constant_properties",
            "things",
            "What must be the same in both events.",
            types=("conversion",),
            thing="constant_property",
        ),
        *MOVEMENT,
        *ATTRIBUTION,
        *JOURNEY,
        *FUNNEL,
        *RETENTION,
        *SESSIONS,
        *PATHS,
        *CHURN,
        *STICKINESS,
        *SERIES,
        *SLICES,
        Key("fill_nulls_with", "worth", "Over no rows: a number, null, or carry.", default="0 for counts, else null"),
        Key("join_to_timespine", "choice", "Rows for all periods: by group or once.", choices=("groups", "once")),
        Key("targets", "things", "What it should reach.", thing="target"),
        Key("tests", "things", "Numbers that are known to be right.", thing="test"),
        Key("template", "text", "The standard metric it follows.", example="churn_rate"),
        Key("slots", "texts", "What the template's slots are bound to."),
        Key("dimensions", "names", "The fields its page breaks it down by.", example="[plan, customers.country]"),
    ),
    model.Metric,
)

THINGS: dict[str, Thing] = {
    thing.name: thing
    for thing in (
        WORKSPACE,
        FILE,
        DATASET,
        FIELD,
        CALENDAR,
        CALENDAR_GRAIN,
        RATES,
        RELATIONSHIP,
        METRIC,
        INPUT_METRIC,
        NON_ADDITIVE_DIMENSION,
        CONSTANT_PROPERTY,
        FUNNEL_STEP,
        EXCLUSION,
        TARGET,
        TEST,
        SOURCE,
        SOURCE_TABLE,
        STATEMENT,
        COHORT,
        SLO,
        CREDIT,
        WORTH,
        CHECK,
        MAINTENANCE,
    )
}
KEYS: dict[str, dict[str, Key]] = {name: {key.name: key for key in thing.keys} for name, thing in THINGS.items()}


def reference() -> list[dict[str, Any]]:
    """Every key of every definition as plain rows, in order: what the reference prints."""
    return [
        {
            "thing": thing.name,
            "key": key.name,
            "kind": key.kind,
            "about": key.about,
            "required": key.required,
            "choices": key.choices,
            "default": key.default,
            "types": key.types,
            "example": key.example,
        }
        for thing in THINGS.values()
        for key in thing.keys
    ]
