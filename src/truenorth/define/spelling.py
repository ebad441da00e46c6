"""How other tools spell our words, so that an error can name the word to write instead."""

from __future__ import annotations

from msgspec import Struct


class Spelling(Struct, frozen=True):
    """`ours` is the key or value to write ("" when there is none); `note` says more."""

    ours: str
    note: str = ""


def _same(ours: str, *theirs: str) -> dict[str, Spelling]:
    return {word: Spelling(ours) for word in theirs}


_LABEL = _same("label", "title", "display_name")
_EXPR = _same("expr", "sql", "expression")
_IN_A_FILE = Spelling("", "write it in a file of its own, such as metrics/shop.yml, which begins with version: 1")
_ASKED = Spelling("", "a grain is asked for with the question, not defined: leave the key out")
_ONE_WAY = Spelling("", "a relationship always leads from many rows to one: leave the key out")

KEYS: dict[str, dict[str, Spelling]] = {
    "workspace": {
        **_same("name", "title", "project", "company"),
        **_same("timezone", "time_zone", "tz"),
        **_same("week_start", "first_day_of_week", "week_start_day"),
        **_same("definitions", "paths", "metric_paths"),
        **dict.fromkeys(("metrics", "datasets", "relationships"), _IN_A_FILE),
        **_same("warehouse", "database", "connection", "engine"),
    },
    "file": {
        **_same("metrics", "measures"),
        **_same("datasets", "models", "cubes", "semantic_models", "views"),
        **_same("relationships", "joins"),
        **_same("sources", "connections", "connectors", "pulls", "inputs"),
        **_same("statements", "reports", "financial_statements"),
        **_same("slos", "objectives", "service_level_objectives"),
        **_same("checks", "endpoints", "monitors", "probes", "uptime"),
    },
    "check": {
        **_same("url", "uri", "http", "https", "address"),
        **_same("tcp", "port", "host"),
        **_same("heartbeat", "push", "beat"),
        **_same("every", "interval", "frequency"),
        **_same("retries", "retry", "confirm", "failure_threshold"),
        **_same("conditions", "condition", "assertions", "expect"),
        **_same("maintenance", "maintenance_windows", "windows"),
        **_same("service", "group"),
        **_same("label", "title"),
    },
    "slo": {
        **_same("objective", "target", "goal", "slo_target"),
        **_same("windows", "window", "time_window", "period"),
        **_same("total", "valid", "all", "denominator"),
        **_same("good", "success", "numerator"),
        **_same("bad", "errors", "error", "failures"),
        **_same("min_events", "minimum_events", "min_requests"),
        **_same("credits", "credit_tiers", "sla_credits"),
        **_same("label", "title"),
    },
    "statement": {
        **_same("lines", "rows", "metrics", "items"),
        **_same("label", "title"),
    },
    "source": {
        **_same("url", "uri", "dsn", "connection", "connection_string", "address"),
        **_same("files", "file", "path", "glob", "folder"),
        **_same("into", "table", "target", "destination"),
        **_same("tables", "streams", "resources"),
        **_same("every", "schedule", "cron", "interval"),
        **_same("column_types", "types"),
        "password": Spelling("", "no password in a file: give it in the environment or in .truenorth/secrets"),
    },
    "source_table": {
        **_same("name", "table", "stream"),
        **_same("from", "source", "source_table"),
        **_same("primary_key", "primary_keys", "key", "unique_key"),
        **_same("cursor", "cursor_field", "incremental", "updated_at", "replication_key"),
        **_same("into", "target", "destination"),
    },
    "dataset": {
        **_same("source", "table", "sql_table", "sql_table_name", "model"),
        **_same("query", "sql"),
        **_same("file", "path", "files"),
        **_same("time", "agg_time_dimension", "default_time_dimension", "timeseries", "time_dimension", "time_field"),
        **_same("fields", "dimensions", "columns"),
        **_same("primary_key", "primary_keys", "key", "unique_key"),
        "measures": Spelling("", 'a measure is a metric with "type: simple": write it under "metrics:"'),
        "joins": Spelling("", 'write it under "relationships:" at the top of a file'),
        "granularity": _ASKED,
        "grain": _ASKED,
        **_LABEL,
    },
    "field": {
        **_EXPR,
        **_same("expr", "calculation"),
        **_LABEL,
        **_same("unit", "format"),
        **_same("timezone", "time_zone"),
        "type": Spelling("", "the type of a field is its column's: leave the key out"),
        "grain": _ASKED,
    },
    "relationship": {
        **_same("from", "from_dataset", "left"),
        **_same("to", "to_dataset", "right"),
        **_same("from_columns", "foreign_key", "from_column"),
        **_same("to_columns", "primary_key", "to_column"),
        "type": _ONE_WAY,
        "relationship": _ONE_WAY,
    },
    "metric": {
        **_EXPR,
        **_LABEL,
        **_same("agg", "aggregation", "aggregate", "aggregation_function"),
        **_same("filter", "filters", "where"),
        **_same("dataset", "cube", "semantic_model", "table"),
        **_same("time", "agg_time_dimension", "default_time_dimension", "time_dimension", "time_field"),
        **_same("unit", "format", "value_format_name"),
        **_same("direction", "desired_direction", "good_direction"),
        **_same("input_metrics", "metrics", "inputs"),
        **_same("base_metric", "base_measure", "base_event"),
        **_same("conversion_metric", "conversion_measure", "conversion_event"),
        **_same("targets", "target", "goal", "goals"),
        **_same("fill_nulls_with", "treat_nulls_as"),
        **_same("dimensions", "drill_members", "drill_fields"),
        **_same("grain_to_date", "period_to_date"),
        "granularity": _ASKED,
        "grain": _ASKED,
        "time_grain": _ASKED,
    },
    "input_metric": {**_same("name", "metric"), **_same("offset_window", "offset"), **_same("filter", "where")},
    "non_additive_dimension": {
        **_same("window_agg", "window_choice"),
        **_same("name", "dimension"),
        **_same("group_by", "window_groupings"),
    },
    "target": {
        **_same("every", "granularity", "grain", "period"),
        **_same("value", "target", "amount"),
        **_same("from", "start", "since"),
        **_same("to", "end", "until"),
    },
    "test": {**_same("equals", "value", "expected", "expect"), **_same("where", "filter")},
}

_GRAINS = {
    **_same("hour", "hourly", "hours"),
    **_same("day", "daily", "days"),
    **_same("week", "weekly", "weeks"),
    **_same("month", "monthly", "months"),
    **_same("quarter", "quarterly", "quarters"),
    **_same("year", "yearly", "annual", "annually", "years"),
}
_SIMPLE = ("sum", "count", "count_distinct", "avg", "average", "min", "max", "median", "percentile")

# Keys of ours that another tool uses for something else, wherever a metric is not of their own type.
ELSEWHERE: dict[str, dict[str, tuple[str, Spelling]]] = {
    "metric": {"model": ("attribution", Spelling("dataset"))},
}
VALUES: dict[tuple[str, str], dict[str, Spelling]] = {
    ("metric", "agg"): {
        **_same("avg", "average", "mean"),
        **_same("count_distinct", "distinct", "countdistinct", "distinct_count", "unique", "uniques", "nunique"),
        **_same("percentile", "quantile", "p50", "p90", "p95", "p99"),
        "sum_boolean": Spelling("sum", "which counts true as 1"),
        "count_distinct_approx": Spelling("count_distinct", "distinct counts are exact"),
        "approx_count_distinct": Spelling("count_distinct", "distinct counts are exact"),
    },
    ("metric", "type"): {
        **{word: Spelling("simple", f'with "agg: {"avg" if word == "average" else word}"') for word in _SIMPLE},
        **_same("derived", "number", "expression", "calculated"),
        "time_comparison": Spelling("derived", 'with an input that has "offset_window:"'),
        **_same("cumulative", "rolling", "running_total", "window"),
        **_same("snapshot", "semi_additive", "stock_level"),
        **_same("movement", "balance", "mrr", "roll_forward"),
        **_same("attribution", "attributed", "multi_touch", "touch_attribution"),
        **_same("conversion", "conversion_rate", "conversions"),
        **_same("funnel", "funnels", "steps"),
        **_same("retention", "retained", "return_rate"),
        **_same("sessions", "session", "visits", "sessionize"),
        **_same("paths", "path", "flow", "flows", "user_paths"),
        **_same("lifecycle", "growth_accounting", "life_cycle"),
        **_same("stickiness", "sticky", "dau_mau", "active_days"),
        **_same("churn", "activity_churn", "inactivity_churn"),
        **_same("increase", "counter", "delta"),
        **_same("rate", "per_second", "irate", "throughput"),
        **_same("gauge", "level", "avg_over_time"),
        **_same("histogram_quantile", "histogram_percentile", "histogram"),
        **_same("slices", "time_slices", "timeslices"),
    },
    ("metric", "direction"): {
        **_same("up", "higher_is_better", "higher", "increase", "increasing"),
        **_same("down", "lower_is_better", "lower", "decrease", "decreasing"),
        **_same("none", "neutral"),
    },
    ("metric", "domain"): {
        **_same("customer", "product", "customers", "growth", "marketing"),
        **_same("operational", "operations", "ops", "engineering", "reliability"),
        **_same("financial", "finance", "money"),
    },
    ("metric", "grain_to_date"): {
        **_GRAINS,
        **_same("year", "ytd"),
        **_same("quarter", "qtd"),
        **_same("month", "mtd"),
    },
    ("target", "every"): _GRAINS,
    ("non_additive_dimension", "window_agg"): {
        **_same("last", "max", "end"),
        **_same("first", "min", "start"),
        **_same("avg", "average", "mean"),
    },
    ("workspace", "week_start"): {
        **_same("monday", "mon", "iso", "1"),
        **_same("sunday", "sun", "7"),
        **_same("saturday", "sat", "6"),
    },
    ("workspace", "clock"): {**_same("wall", "now", "system"), **_same("data", "latest")},
}
