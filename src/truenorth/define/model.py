"""The words of the definitions, as frozen values. A key in YAML is the attribute of the same name here."""

from __future__ import annotations

from typing import Any, Literal, get_args

from msgspec import Struct, field

from truenorth.define.probe import Check as Check
from truenorth.define.slo import Slo as Slo
from truenorth.define.spot import Spot as Spot

Aggregation = Literal["sum", "count", "count_distinct", "avg", "min", "max", "first", "last", "median", "percentile"]
MetricType = Literal[
    "simple", "ratio", "derived", "cumulative", "snapshot", "conversion", "movement", "attribution", "funnel",
    "retention", "sessions", "paths",
    "lifecycle", "stickiness", "churn", "increase", "rate", "gauge", "histogram_quantile", "apdex",
    "slices",
]  # fmt: skip
AttributionModel = Literal["first", "last", "last_non_direct", "linear", "position", "time_decay"]
# What a dataset that is made for the credit of a metric is called before the metric's name: no name holds a space.
CREDIT_OF = "credit of "
MovementPart = Literal[
    "closing", "opening", "net", "new", "expansion", "contraction", "churn", "reactivation", "transfer_in",
    "transfer_out", "fx",
]  # fmt: skip
# What may be told of a journey: each type has some of these, the first of them by default.
JourneyPart = Literal[
    "rate", "low", "high", "entered", "reached", "converted", "excluded", "immature", "median_time", "p90_time",
    "cohort", "retained", "value",
    "value_at_start", "value_rate", "incomplete",
    "sessions", "people", "duration", "median_duration", "p90_duration", "events_per_session", "views_per_session",
    "engaged", "engagement_rate", "bounces", "bounce_rate", "paths",
    "active", "new", "returning", "resurrecting", "dormant", "unknown",
    "ratio", "days", "average_days", "active_days", "possible_days", "churned", "stayed",
]  # fmt: skip
# The parts of a balance that tell how much there is; the others tell what came or went.
LEVELS = ("closing", "opening")
# Other tools whose choices are known.
Tool = Literal[
    "stripe", "chartmogul", "baremetrics", "paddle", "posthog", "mixpanel", "amplitude", "ga4", "umami", "plausible",
]  # fmt: skip
Conversion = Literal["transaction", "period_end", "period_average", "fixed"]
Domain = Literal["customer", "operational", "financial"]
Direction = Literal["up", "down", "none"]
YearStart = Literal[
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12",
]  # fmt: skip
Granularity = Literal["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
Grain = Literal["hour", "day", "week", "month", "quarter", "year"]


class Workspace(Struct, frozen=True, forbid_unknown_fields=True):
    """truenorth.yml."""

    name: str
    timezone: str = "UTC"
    currency: str = "USD"
    week_start: Literal["monday", "sunday", "saturday"] = "monday"
    fiscal_year_start: YearStart = "january"
    clock: Literal["wall", "data"] = "wall"
    definitions: list[str] = field(default_factory=lambda: ["metrics"])
    warehouse: str = "duckdb:.truenorth/warehouse.duckdb"
    state: str = "sqlite:.truenorth/state.db"
    locale: str = "en"
    home: list[str] = []
    question_seconds: float | None = None
    spot: Spot = Spot()


class CalendarGrain(Struct, frozen=True):
    """A grain of a calendar: its name, and the column that holds what its periods are called (the same name if "")."""

    name: str
    column: str = ""


class CalendarDays(Struct, frozen=True):
    """What makes a dataset a calendar: one row a day (or another `grain`), in `column`, and the grains it adds."""

    column: str
    grain: Literal["second", "minute", "hour", "day"] = "day"
    grains: list[CalendarGrain] = []


class RateTable(Struct, frozen=True, rename={"from_": "from"}):
    """What makes a dataset a table of exchange rates: the columns of the day, of the two currencies and of the rate.

    A rate is how many units of `to` one of `from` was worth; one that is older than `max_age` days is none.
    """

    date: str
    from_: str
    to: str
    rate: str
    max_age: float = 7


class Field(Struct, frozen=True):
    """A named expression over a dataset's columns. `expr` empty means the column of the same name."""

    name: str
    expr: str = ""
    label: str = ""
    description: str = ""
    unit: str = ""
    currency: str = ""
    timezone: str = ""
    granularity: Granularity | Literal[""] = ""
    spot: Spot = Spot()


class Dataset(Struct, frozen=True):
    """Rows of one kind: exactly one of `source` (table), `file` (path or glob), `query` (a select) or `series` (minutes
    of a metric that is collected)."""

    name: str
    source: str = ""
    file: str = ""
    query: str = ""
    series: str = ""
    histogram: str = ""
    primary_key: list[str] = []
    unique_keys: list[list[str]] = []
    time: str = ""
    calendar: CalendarDays | None = None
    rates: RateTable | None = None
    fields: list[Field] = []
    roles: dict[str, str] = {}
    label: str = ""
    description: str = ""
    spot: Spot = Spot()
    # Whether who a row is of belongs to a cohort: `expr` is the column that says who.
    cohorts: list[Field] = []

    def field(self, name: str) -> Field | None:
        """The declared field of that name, or the cohort, if there is one."""
        return next((field for field in self.fields if field.name == name), None) or self.cohort(name)

    def cohort(self, name: str) -> Field | None:
        """The cohort of that name, if its rows say who is in it."""
        return next((field for field in self.cohorts if field.name == name), None)


class Relationship(Struct, frozen=True, rename={"from_": "from"}):
    """Many rows of `from` point to one row of `to`, which they call by its `role`.

    With `valid_from` and `valid_to` it is the row of `to` that was valid at the time of the row that asks; with
    `partition_columns` it is the one in the same partition as the nearest row on the way that has these columns.
    """

    name: str
    from_: str
    to: str
    from_columns: list[str]
    to_columns: list[str]
    role: str = ""
    valid_from: str = ""
    valid_to: str = ""
    partition_columns: list[str] = []
    doubled_keys: Literal["first", "each"] = "first"
    spot: Spot = Spot()


class InputMetric(Struct, frozen=True):
    """One input of a derived metric, seen under `alias`, shifted back by `offset_window` ("1 month") or taken at the
    start of its year (month, …) by `offset_to_grain`."""

    name: str
    alias: str = ""
    offset_window: str = ""
    offset_to_grain: str = ""
    filter: str = ""


class ConstantProperty(Struct, frozen=True):
    """Two fields that must be equal for an event to count as the conversion of another."""

    base_property: str
    conversion_property: str


class FunnelStep(Struct, frozen=True):
    """One step of a funnel: what it is called, and the condition that a row is one."""

    name: str
    filter: str
    optional: bool = False


class Exclusion(Struct, frozen=True):
    """What ends an attempt at a funnel: a condition on rows that come `after` one step and `before` another; without
    them after the first and before the last."""

    filter: str
    after: str = ""
    before: str = ""


class NonAdditiveDimension(Struct, frozen=True):
    """The time along which a snapshot may not be summed; `window_agg` says which day stands for a period, of the whole
    or of each group of `group_by`, `among` all rows or those that meet the conditions."""

    name: str
    window_agg: Literal["last", "first", "avg"] = "last"
    group_by: list[str] = []
    among: Literal["all", "filtered"] = "all"


class Target(Struct, frozen=True, rename={"from_": "from"}):
    """What `value` a metric should reach every period, from one date (to another, both ISO days)."""

    value: float
    every: Grain = "month"
    from_: str = ""
    to: str = ""


class MetricTest(Struct, frozen=True):
    """An expected number: the metric where `where` holds `equals` this value, give or take `tolerance`."""

    equals: float | str | None
    where: str = ""
    tolerance: float = 0.0
    spot: Spot = Spot()


class Metric(Struct, frozen=True, rename={"from_": "from"}):
    """One metric. Which keys belong to which type is stated in `define/keys.py` and the docs."""

    name: str
    type: MetricType
    label: str = ""
    domain: Domain | Literal[""] = ""
    description: str = ""
    owner: str = ""
    unit: str = ""
    currency: str = ""
    convert: Conversion | Literal[""] = ""
    fixed_on: str = ""
    per: str = ""
    direction: Direction = "none"
    filter: str = ""
    # simple, snapshot
    dataset: str = ""
    agg: Aggregation | Literal[""] = ""
    expr: str = ""
    percentile: float | None = None
    percentile_type: Literal["continuous", "discrete"] = "continuous"
    approximate: bool = False
    time: str = ""
    time_granularity: Granularity | Literal[""] = ""
    non_additive_dimension: NonAdditiveDimension | None = None
    # ratio
    numerator: str = ""
    denominator: str = ""
    # derived
    input_metrics: list[InputMetric] = []
    # cumulative
    input_metric: str = ""
    window: str = ""
    grain_to_date: str = ""
    period_agg: Literal["last", "first", "average"] = "last"
    # conversion (and window)
    entity: str = ""
    base_metric: str = ""
    conversion_metric: str = ""
    calculation: Literal["conversion_rate", "conversions"] = "conversion_rate"
    count_by: Literal["base", "conversion"] = "base"
    constant_properties: list[ConstantProperty] = []
    # movement (and entity)
    balance: str = ""
    end: str = ""
    measure: Literal["amount", "entities"] = "amount"
    at_zero: Literal["gone", "present"] = "gone"
    policies: dict[str, str] = {}
    compat: Tool | Literal[""] = ""
    reported: dict[str, str] = {}
    reported_by: Tool | Literal[""] = ""
    # attribution (with entity, base_metric, conversion_metric and window)
    model: AttributionModel | Literal[""] = ""
    direct: str = ""
    half_life: str = ""
    # journeys (and dataset, entity, time and part)
    of: str = ""
    part: MovementPart | JourneyPart = "closing"
    # funnel (and window)
    steps: list[FunnelStep] = []
    step: str = ""
    against: Literal["first", "previous"] = "first"
    order: Literal["ordered", "strict", "any"] = "ordered"
    reentry: Literal["best", "first"] = "best"
    count: Literal["entities", "entries"] = "entities"
    hold: list[str] = []
    exclusions: list[Exclusion] = []
    exclude: Literal["fail", "remove"] = "fail"
    attribution: str = "entry"
    # retention
    start: str = ""
    returns: str = ""
    period: Literal["hour", "day", "week", "month", "quarter", "year", ""] = ""
    first: Literal["ever", "in_range", "recurring"] = "ever"
    criteria: Literal["on", "on_or_after", "on_or_before"] = "on"
    buckets: Literal["calendar", "rolling"] = "calendar"
    brackets: list[str] = []
    value: str = ""
    after: float | None = None
    # sessions; idle also of paths
    idle: str = ""
    cap: str = ""
    session: str = ""
    opens: str = ""
    view: str = ""
    key: str = ""
    engaged_after: str = ""
    bounce: Literal["not_engaged", "one_view", "one_view_no_key"] = "not_engaged"
    by_row: Literal["entry", "exit"] = "entry"
    # paths (and window)
    node: str = ""
    from_: str = ""
    to: str = ""
    depth: float = 5
    collapse: bool = True
    top: float = 50
    # churn (and period, as has lifecycle, and idle)
    rule: Literal["activity", "inactivity", ""] = ""
    # stickiness (and window, grain_to_date)
    days: float | None = None
    at_least: float | None = None
    # series (and dataset, expr, percentile)
    series: str = ""
    over_time: Literal["avg", "max", "min"] = "avg"
    across: Literal["same", "avg", "sum", "max", "min"] = "same"
    satisfied: float | None = None
    frustrated: str = ""
    # slices (and input_metric, agg, at_least)
    slice: str = ""
    below: float | None = None
    at_most: float | None = None
    above: float | None = None
    empty: Literal["skip", "count"] = "skip"
    # any
    # "null" when it is written so: then even a count of nothing is unknown.
    fill_nulls_with: float | Literal["null", "carry"] | None = None
    join_to_timespine: Literal["groups", "once", ""] = ""
    targets: list[Target] = []
    tests: list[MetricTest] = []
    template: str = ""
    slots: dict[str, str] = {}
    dimensions: list[str] = []
    spot: Spot = Spot()

    @property
    def is_stock(self) -> bool:
        """Whether it tells how much there is on a day, and not what came or went."""
        return self.type == "snapshot" or (self.type == "movement" and self.part in LEVELS)

    @property
    def calculates_rate(self) -> bool:
        """Whether it is a share of base events that converted."""
        return self.type == "conversion" and self.calculation == "conversion_rate"

    @property
    def title(self) -> str:
        """The label, or the name in words."""
        return self.label or self.name.replace("_", " ").capitalize()


class SourceTable(Struct, frozen=True, rename={"from_": "from"}):
    """A table of a database to pull: whole, or what changed by its `cursor`."""

    name: str
    from_: str = ""
    primary_key: list[str] = []
    cursor: str = ""
    columns: list[str] = []
    into: str = ""
    full: str = ""
    lag: str = ""
    spot: Spot = Spot()


class Source(Struct, frozen=True):
    """A place outside that rows are pulled from. Which keys belong to which type is stated in `define/sources.py`."""

    name: str
    type: str
    url: str = ""
    password_env: str = ""
    files: list[str] = []
    into: str = ""
    primary_key: list[str] = []
    tables: list[SourceTable] = []
    every: str = ""
    full: str = ""
    lag: str = ""
    restated: str = ""
    sheet: str = ""
    encoding: str = ""
    dates: Literal["dmy", "mdy", "ymd", ""] = ""
    decimal: Literal["point", "comma", ""] = ""
    delimiter: str = ""
    header: Literal["yes", "no", ""] = ""
    column_types: dict[str, str] = {}
    options: dict[str, str] = {}
    spot: Spot = Spot()


class Statement(Struct, frozen=True):
    """A financial statement: metrics as lines, periods across. Those that are sums of other lines are its totals.

    With `by` it is a table: a row for each value of a dimension, the metrics as columns.
    """

    name: str
    lines: list[str]
    by: str = ""
    label: str = ""
    description: str = ""
    spot: Spot = Spot()

    @property
    def title(self) -> str:
        """The label, or the name in words."""
        return self.label or self.name.replace("_", " ").capitalize()


class Cohort(Struct, frozen=True):
    """Entities picked out as of a day: by how many rows of theirs meet a condition and when, by name, or from other
    cohorts. What several keys say holds together."""

    name: str
    dataset: str = ""
    entity: str = ""
    where: str = ""
    at_least: float = 1
    within: str = ""
    stopped: str = ""
    state: Literal["new", "returning", "resurrecting", "dormant", ""] = ""
    period: Literal["day", "week", "month", "quarter", "year"] = "week"
    members: list[str] = []
    file: str = ""
    all_of: list[str] = []
    any_of: list[str] = []
    none_of: list[str] = []
    as_of: str = ""
    label: str = ""
    description: str = ""
    spot: Spot = Spot()

    @property
    def title(self) -> str:
        """The label, or the name in words."""
        return self.label or self.name.replace("_", " ").capitalize()


YEAR_STARTS: dict[str, int] = {word: at % 12 + 1 for at, word in enumerate(get_args(YearStart))}


class Model(Struct, frozen=True):
    """Everything defined in a workspace, checked. Lookups are by name.

    `written` are the balances that policies settled, and their parts, as they were before.
    """

    workspace: Workspace
    datasets: dict[str, Dataset] = {}
    relationships: dict[str, Relationship] = {}
    metrics: dict[str, Metric] = {}
    sources: dict[str, Source] = {}
    expressions: dict[str, Any] = field(default_factory=dict)
    written: dict[str, Metric] = {}
    version: str = ""
    statements: dict[str, Statement] = {}
    cohorts: dict[str, Cohort] = {}
    slos: dict[str, Slo] = {}
    checks: dict[str, Check] = {}

    @property
    def defined(self) -> dict[str, Dataset]:
        """The datasets that somebody defined: those of credit, which are made for a metric, left out."""
        return {name: one for name, one in self.datasets.items() if not name.startswith(CREDIT_OF)}

    @property
    def fiscal(self) -> int:
        """The number of the month in which a fiscal year begins."""
        return YEAR_STARTS[self.workspace.fiscal_year_start]

    @property
    def rates(self) -> Dataset | None:
        """The dataset that holds exchange rates, if there is one."""
        return next((one for one in self.datasets.values() if one.rates is not None), None)

    @property
    def grains(self) -> dict[str, tuple[Dataset, CalendarGrain]]:
        """The grains that calendar datasets add, by name."""
        held = (one for one in self.datasets.values() if one.calendar is not None)
        return {grain.name: (one, grain) for one in held for grain in (one.calendar.grains if one.calendar else ())}
