"""Writes docs/reference from the product itself: YAML keys, commands, addresses and standard metrics."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scripts.presence import PRESENCE
from scripts.series import SERIES

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"
MADE = "<!-- Written by `make docs` from the product itself: change it there. -->\n\n"


def cell(text: object) -> str:
    """Text that stays inside one cell of a table."""
    return str(text).replace("|", "\\|").replace("\n", " ").strip()


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> Iterator[str]:
    """The lines of a Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield "| " + " | ".join(cell(value) for value in row) + " |"
    yield ""


def yaml_page() -> Iterator[str]:
    """Every key of every definition."""
    from truenorth.define.keys import METRIC_TYPES, THINGS

    yield "# YAML: every key"
    yield ""
    yield "Keys are spelled one way only; another tool's spelling gets an error that names ours. `truenorth schema` prints"
    yield "the same as a JSON Schema, for editors. Expressions and filters are plain SQL over the names of fields."
    yield ""
    for thing in THINGS.values():
        yield f"## {thing.name}"
        yield ""
        yield thing.about
        yield ""
        rows = []
        for key in thing.keys:
            needed = "yes" if key.required else ", ".join(key.required_for)
            values = " ".join(f"`{choice}`" for choice in key.choices) or (f"`{key.example}`" if key.example else "")
            types = ", ".join(key.types)
            about = (
                f"{key.about} (type: {types})" if types and set(types.split(", ")) != set(METRIC_TYPES) else key.about
            )
            rows.append((f"`{key.name}`", about, needed, key.default, values))
        yield from table(("key", "what it says", "needed", "without it", "values or example"), rows)


def metric_types_page() -> Iterator[str]:
    """The metric types, each with its keys and an example that the tests load."""
    from truenorth.define.keys import METRIC_TYPES, THINGS

    yield "# Metric types"
    yield ""
    keys = THINGS["metric"].keys
    for name in METRIC_TYPES:
        words, example = TYPES[name]
        own = [f"`{key.name}`" for key in keys if name in key.types]
        needed = [f"`{key.name}`" for key in keys if name in key.required_for]
        yield f"## {name}"
        yield ""
        yield words
        yield ""
        needs = f" Needed: {', '.join(needed)}." if needed else ""
        yield f"Its own keys: {', '.join(own)}.{needs}"
        yield ""
        yield "```yaml"
        yield from example.strip().splitlines()
        yield "```"
        yield ""


TYPES = {
    "simple": (
        "Rows of one dataset, aggregated: `sum count count_distinct avg min max first last median percentile`. Sums and counts are additive:"
        " parts, and the `(none)` group, make the total; an average is computed from its sum and count (algebraic). Distinct counts, first"
        " and last values, medians and percentiles are counted anew for every total (holistic).\n\n"
        "- `sum` and `avg` of a condition or a boolean count what is true: how many, and what share.\n"
        "- `first` and `last` take the value at the earliest or latest time that has one; of several at that very time the least or the"
        " greatest.\n"
        "- `percentile_type: continuous` (the default) lies on the line between the two nearest values; `discrete` is the value of the rank"
        " itself.\n"
        "- `approximate: true` counts values in narrow buckets instead of keeping them: each of the values that the percentile lies between"
        " is told with at most 1 % error, zero exactly and negative values alike. Buckets of days add up, so long windows stay quick"
        " (additivity: sketch), and the answer says that it is approximate.",
        "- {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount, filter: status = 'paid', unit: currency}",
    ),
    "ratio": (
        "One metric over another. A total is the ratio of the sums, never the average of ratios; over a zero there is no value.",
        "- {name: refund_rate, type: ratio, numerator: refunded_orders, denominator: orders_placed, unit: percent}",
    ),
    "derived": (
        "A formula over other metrics of any type. Each may be seen under a `filter` of its own, from an earlier period by `offset_window`,"
        " or at the start of its year, month or week by `offset_to_grain`: then it is the value of the first day of the month that the"
        " period begins in (of the first hour, where hours are asked for). Offsets lie within offsets: a month before a month before is two"
        " months before.",
        """
- name: revenue_growth
  type: derived
  expr: now / before - 1
  input_metrics:
    - {name: revenue, alias: now}
    - {name: revenue, alias: before, offset_window: 1 month}
  unit: percent
""",
    ),
    "cumulative": (
        "A metric gathered over a `window` that ends with the period, or since the start of a `grain_to_date`, or over all time. What is"
        " distinct stays distinct: somebody seen on ten days of a window counts once. Ratios, formulas and conversions are computed from"
        " what all their parts are over the window, never from averages of days; levels and other windows cannot be accumulated.\n\n"
        "- `period_agg: last` (the default): the value at the period's end. `first` takes the first of its days that has a value, `average`"
        " the mean of those days.",
        "- {name: monthly_people, type: cumulative, input_metric: people, window: 28 days}",
    ),
    "snapshot": (
        "A level that was written down every day: stock, balances, subscriptions. It may be summed over everything but time (semi-additive);"
        " over time the"
        " last, first or average day stands for the period.",
        """
- name: stock
  type: snapshot
  dataset: stock_days
  agg: sum
  expr: units
  non_additive_dimension: {name: day, window_agg: last}
""",
    ),
    "conversion": (
        "Rows of one metric (`base_metric`) that are followed by a row of another (`conversion_metric`) of the same `entity`, as a share"
        " (`calculation: conversion_rate`) or counted (`conversions`). Groups, periods, ranges and conditions are those of the base rows:"
        " what a visit of January led to in February belongs to January. A condition on the conversions goes into the `filter` of their"
        " own metric. A rate is computed from totals (algebraic); conversions add up as what they count does.\n\n"
        "- `window`: a conversion comes at the moment of its base row or later, and less than the window after it; without one, at any"
        " time. Plain times are compared as instants, a day being 24 hours; where either time is a DATE (or has `granularity: day`), days"
        " are compared, and `7 days` are the day itself and the six after it. What came too recently for its window to be over may still"
        " convert, and the answer says so.\n"
        "- `count_by: base` (the default): a base row that converted counts once, however often, so a rate is at most 100 %. The"
        " aggregation is the base metric's own: with `count_distinct` over people it is the share of people. Several base rows before one"
        " conversion all converted.\n"
        "- `count_by: conversion` (as MetricFlow counts): every conversion counts, with the conversion metric's aggregation, at the"
        " latest base row before it (of one moment, the first by primary key, or by the fields in their order), so a rate may pass 100 %."
        " A question's conditions choose the base rows before that.\n"
        "- `constant_properties`: fields that must be equal in both rows. Rows without an entity, or without such a field, count as base"
        " rows and never convert.",
        """
- name: bought_within_a_week
  type: conversion
  entity: customer_id
  base_metric: signups
  conversion_metric: orders_placed
  window: 7 days
  unit: percent
""",
    ),
    "movement": (
        "A balance of rows that last: each is worth `expr` to its `entity` from the day it begins (`time`) until the day on which it counts"
        " no more (`end`, itself left out; NULL while it lasts). Subscriptions, seats, staff, contracts. A metric that names a `balance` is"
        " one `part` of it, and rests on the same rows. For every period and every group,"
        " `closing = opening + new + reactivation + expansion - contraction - churn + transfer_in - transfer_out`, to the cent.\n\n"
        "- `closing` (the default) and `opening` are the balance at the end and at the beginning of a period: levels, over time never"
        " summed. A period that is still going on ends with the last day of the data. `net` is one less the other.\n"
        "- `new` is what an entity that never had anything comes to have; `reactivation` what one has that had something, and then nothing."
        " `expansion` and `contraction` are what those gain and lose who had something before and have something after; `churn` is what"
        " those had who have nothing left. Contraction, churn and transfer_out are written above zero.\n"
        "- Changes are netted: an entity counts by what it had before the period and has after it, whatever happened in between. So the"
        " months of a part do not add up to its quarter, while the balances agree.\n"
        "- Where a question looks at fields of the rows, by a group or by a condition, the rows of an entity that have the same in them are"
        " a segment. What an entity gains in one segment and loses in another is a transfer, the largest changes first; only the rest is"
        " expansion or churn. Over all segments `transfer_in` and `transfer_out` are equal.\n"
        "- `measure: entities` counts those who have something, instead of how much: customers beside revenue. Rows of nobody, whose"
        " entity is NULL, count in amounts as if they were one entity, and are no entity.\n"
        "- `at_zero: gone` (the default): who has rows that are worth nothing together is not there; `present`: who has rows is there.\n"
        "- A balance needs `dataset`, `expr`, `entity` and `end`, and a time; a part only says of which `balance`, and may have a `filter`.\n"
        "- A balance of subscriptions needs only a `dataset` whose fields or `roles` are subscription periods: what its rows are worth, and"
        " from when until when, is told by [policies](policies.md), which `policies` and `compat` choose.\n"
        "- A row that cannot count is set aside for one reason, and the answer says how many there are, why, and what they are worth where it can be"
        " told: it has no start, ends before it begins, or has no amount; by the `primary_key` of the dataset it repeats another word for word"
        " (the first of them counts), or has the id of another and differs from it (none of them counts). Of subscription periods also: a"
        " quantity below zero, no known interval, a term without length. Where two rows of one `subscription_id` overlap, the earlier counts until"
        " the later begins; of those that begin on one day, the one that ends last counts.",
        """
- {name: mrr, type: movement, dataset: subscription_periods, expr: monthly_amount, entity: customer_id, end: ended_on, unit: currency}
- {name: new_mrr, type: movement, balance: mrr, part: new}
- {name: paying_customers, type: movement, balance: mrr, measure: entities}
""",
    ),
    "funnel": (
        "What entities do one step after the other: who entered, who went how far, and how long it took. `steps` are conditions on the rows"
        " of one `dataset`, `entity` says whose a row is, `window` how long all steps may take together. A metric that is `of` a funnel is"
        " one number of it, by its `part`: `rate` (the default: the share of those who entered that reached the `step`; `against: previous`, of"
        " those who reached the step before it), `low` and `high` (between which the true rate lies in 95 of 100 cases, by Wilson's interval),"
        " `entered`, `reached` (a `step`), `converted` (the last step), `excluded`, `immature` (entered so late that the window is not over at"
        " the end of what is known), `median_time` and `p90_time` (seconds from entry to the `step`, where it was reached).\n\n"
        "- Every row that is the first step begins an attempt. Each next step is the earliest row after the one before; the whole has to"
        " come within `window` of the entry, its last moment included. Rows of one time are read in the order of the first step they are,"
        " so that they connect; one row is never two steps of an attempt. Rows whose entity is NULL, or that have no time, are left out.\n"
        "- An entity counts once in every cell of an answer in which it entered. `reentry: best` (the default) takes the attempt that gets"
        " farthest, of these the soonest, of these the one that began last; the times are those of the same attempt. `first` takes the"
        " entity's first attempt in the cell.\n"
        "- A range, a period, a group and a condition are those of the entry: steps may come after the end of the range, and have other"
        " values. As somebody may enter in two months, or with two values, parts do not add up to the whole.\n"
        "- `order: strict`: no other row of the entity may come between two steps; a row delivered twice is no other. `order: any`: every row"
        " that is a step begins an attempt, and step k is reached by who did k different steps within the window.\n"
        "- A step with `optional: true` may be left out; it is reached where it was done after the step before it and ahead of the next one"
        " that is needed. Of attempts that get equally far the one with more of these counts.\n"
        "- `exclusions` are conditions on rows that end an attempt: after its entry, or the step `after`, and before its last step, or the one"
        " `before`; where that one was not taken, until the window is over. A row at the very time of a step ends nothing. Who is ended entered,"
        " keeps the steps taken until then, and is `excluded`; with `exclude: remove` they count in no other part.\n"
        "- `hold`: fields that must be the same at every step; unknown values are the same.\n"
        "- `count: entries`: attempts instead of entities. They do not overlap: the next one begins with the first entry after the one before"
        " converted or was excluded, else after its window. Every cell of an answer counts its own.\n"
        "- `attribution` says whose value a group is. `entry`: that of the entry, and each value that an entity entered with is followed by"
        " itself, as under a condition on it. `first`, `last` or the name of a step: the attempt that counts over all is told by the value at"
        " its first or last step taken, or at that step (at the last one before it, where it was not taken), so that everybody is in one group."
        " `all`: only steps with the same value belong together.\n"
        "- A window of days counts 24 hours each, one of months is that of the calendar.\n"
        "- What entered so late that its window is not over may still convert: `immature` counts it, and the answer says how many.",
        """
- name: signup_to_paid
  type: funnel
  dataset: events
  entity: person
  window: 14 days
  steps:
    - {name: visited, filter: "event = 'page_view'"}
    - {name: signed_up, filter: "event = 'sign_up'"}
    - {name: paid, filter: "event = 'pay'"}
- {name: signups_entered, type: funnel, of: signup_to_paid, part: entered}
""",
    ),
    "retention": (
        "Who comes back, so many periods after they began. `start` and `returns` are conditions on the rows of one `dataset` (any row, unless"
        " they are said), `entity` says whose a row is, `period` how long a cohort and a bucket are. A metric that is `of` a retention is one"
        " number of it, by its `part`: `cohort` (how many began), `retained` (of these came back), `rate` (the default: the share that did),"
        " `value` (what the rows they came back with are worth), `value_at_start` (what those of bucket 0 are), `value_rate` (one as a share"
        " of the other), `incomplete` (how many are not old enough). `after` says which bucket it looks at: `period: week` and `after: 4` is"
        " week-4 retention.\n\n"
        "- Its time is that of the start: a range, a period, a group and a condition are those of the row that begins, and returns may be any"
        " rows, also after the end of the range. Rows whose entity is NULL, or that have no time, are left out.\n"
        "- `first: ever` (the default) begins with the first start of all history, and whom it lies outside of what is asked for is not"
        " there; `in_range` with the first of those that are asked for, so that an old friend seems new; `recurring` with the first start of"
        " every period that has one: somebody is in several cohorts. Where several first starts are at one time, each group of theirs has"
        " one, so that a group is what a condition on it finds.\n"
        "- A return counts from the moment of the start on. The row that begins is a return itself if it meets that condition: where `start`"
        " and `returns` are the same, all of a cohort return in bucket 0. With other conditions bucket 0 tells who returned in the period in"
        " which they began. In `criteria: on_or_before` the row that begins, and others like it at the same time, are none, or everybody"
        " would return.\n"
        "- `criteria: on` asks for a return in the bucket, `on_or_after` in it or at any time later, `on_or_before` at any time up to its end.\n"
        "- `buckets: calendar` (the default): bucket N is the Nth period of the calendar after the one of the start, in the time zone of the"
        " question: who begins at 23:50 and returns at 00:10 returns on day 1. `rolling`: lengths of time from each one's own start on, an"
        " hour, 24 hours, 7, 30, 90 or 365 times 24 hours.\n"
        "- `brackets: [0, 1, 3, 7, 14, 30]` puts periods together: bucket 0, 1 to 2, 3 to 6, 7 to 13, 14 to 29. `after` names one by where it"
        " begins.\n"
        "- Only those count for a bucket whose cohort is old enough: for everybody who began in the same period it has to be over. Nobody"
        " else is in the rate, `retained`, the values, or a `cohort` with `after`; they are `incomplete`, and the answer says since when. A"
        " `cohort` without `after` is everybody. So a rate is that of all these people together, never the mean of the rates of cohorts.\n"
        "- Values that are exact stay exact; what is not known counts as nothing.",
        """
- name: weekly_return
  type: retention
  dataset: events
  entity: person
  period: week
  start: "event = 'sign_up'"
  returns: "event = 'visit'"
- {name: signed_up, type: retention, of: weekly_return, part: cohort}
- {name: week_4_retention, type: retention, of: weekly_return, after: 4}
""",
    ),
    "sessions": (
        "Visits, found from the times of the rows of a `dataset`, by `entity`: how many there are, whose, how long they last and what they are"
        " like. A metric that is `of` it is one number, by its `part`: `sessions` (the default), `people`, `duration` (the mean, in seconds),"
        " `median_duration`, `p90_duration`, `events_per_session`, `views_per_session`, `engaged`, `engagement_rate`, `bounces`,"
        " `bounce_rate`.\n\n"
        "- A row belongs to the session of the row before it, unless more than `idle` has passed since, or more than `cap` since the session"
        " began. Nothing else cuts a session: no midnight, no change of campaign. Rows that come late are in their place at the next question.\n"
        "- `session`: the name that a client gave (an empty text is none). Rows of one entity and name are one session, however far apart; a row without a name"
        " follows the row before it.\n"
        "- `opens`: rows that do not meet it, such as those that a server sends, join a session that is open at their time (or which they"
        " name), and neither open one nor make it longer; where none is open they are in no session.\n"
        "- A range and a period are those of the session's first row; so are groups and conditions, or with `by_row: exit` those of its last."
        " A session that begins with several rows of one time counts in the group of each.\n"
        "- A session lasts from its first to its last row that opens: one of a single row lasts 0 seconds. It is engaged when it lasts"
        " `engaged_after`, or has a `key` row or two `view`s (the rule of Google Analytics 4). By `bounce: not_engaged` the others bounce;"
        " `one_view` are those of at most one view, `one_view_no_key` those of these without a key row.\n"
        "- Every row is an event, also one that came twice; sessions, people and durations do not change by it. Rows whose entity is NULL, or"
        " that have no time, are left out, which the answer says.",
        """
- {name: stays, type: sessions, dataset: events, entity: person, view: "event = 'page_view'", key: "event = 'pay'"}
- {name: bounce_rate, type: sessions, of: stays, part: bounce_rate}
- {name: exits, type: sessions, of: stays, by_row: exit}
""",
    ),
    "paths": (
        "Which nodes entities pass one after the other. `node` says what a row of the `dataset` is, `entity` whose it is; the rows `from` which"
        " paths lead, or `to` which they do, are their anchor. A metric that is `of` it is one number, by its `part`: `people` (the default:"
        " how many entities have a path) or `paths` (how many there are).\n\n"
        "- More than `idle` without a row ends a path. Each stretch between such pauses makes one path: from its first row that is the anchor"
        " on, or up to it; without an anchor, from its first row. With a `window` a path is what comes within it from the anchor (or before"
        " it), and an anchor begins a path unless the one before it is still under way.\n"
        "- A path has at most `depth` nodes, its anchor among them. The same node several times in a row is one, unless `collapse: false`."
        " Rows of one time are in the order of their nodes, the anchor first (with `to` last). A node that is NULL is one, too.\n"
        "- A range, a period, a group and a condition are those of the anchor.\n"
        "- The edges between nodes are a table of their own, of at most `top` rows.",
        """
- {name: after_signup, type: paths, dataset: events, entity: person, node: event, from: "event = 'sign_up'"}
- {name: ways_to_pay, type: paths, dataset: events, entity: person, node: event, to: "event = 'pay'", window: 7 days, depth: 4}
""",
    ),
    **PRESENCE,
    **SERIES,
    "attribution": (
        "The credit for conversions, given to the touches before them: revenue by channel, orders by campaign. `conversion_metric` says what"
        " there is to be credited (a simple metric, `agg: sum` or `count`), `base_metric` which rows are touches (a simple metric, whose own"
        " filter holds), `entity` whose they are, `window` how long before a conversion a touch may lie. A touch at the very moment of its"
        " conversion counts; one just as far back as the window is long does not. Each row of credit points to its touch and to its"
        " conversion, so it can be grouped by the fields of both.\n\n"
        "- `model: first` and `last` give all to one touch; `last_non_direct` to the last that does not meet `direct`, and where all do, to"
        " the last; `linear` the same to each; `position` 40 % to the first, 40 % to the last and the rest to those between (of two, half"
        " to each); `time_decay` to each twice as much as to one a `half_life` before it (7 days unless it says otherwise; the weights are"
        " told in nine decimal places of the latest touch's). One touch takes all. Touches of one moment go by the primary key.\n"
        "- What no touch led to stays, in `(none)`: under every model the parts make the total of the conversion metric, exactly. Amounts in"
        " whole cents are shared out in whole cents, anything else in hundred-millionths: what is given up to a touch is rounded down, and"
        " the last takes what is left.\n"
        "- It counts in the period of the conversion. Conditions on the conversion choose what is credited, conditions on the touch choose"
        " among the credit; neither changes what a touch gets.\n"
        "- A name without a dataset is a field of the touch, if it has one of that name, else of the conversion; `touch.channel` and"
        " `conversion.channel` say which. Who it was is told by the conversion.\n"
        "- Both datasets need a `primary_key` and a time. Where one is known by the day only, days are compared.",
        """
- {name: revenue_by_first_touch, type: attribution, base_metric: visits, conversion_metric: revenue, entity: customer_id, window: 30 days, model: first}
""",
    ),
}


def parameters(command: Any) -> list[tuple[object, ...]]:
    """Rows for the flags and arguments of one command."""
    rows = []
    for parameter in command.params:
        if parameter.name in {"help", "install_completion", "show_completion"} or getattr(parameter, "hidden", False):
            continue
        argument = getattr(parameter, "param_type_name", "") == "argument"
        names = [parameter.human_readable_name.upper()] if argument else [*parameter.opts, *parameter.secondary_opts]
        default = parameter.default if isinstance(parameter.default, str | int | float) else ""
        if default is False or default is True or default == "":
            default = ""
        rows.append((" ".join(f"`{name}`" for name in names), getattr(parameter, "help", "") or "", default))
    return rows


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its name in full, groups opened."""
    from typer.main import get_command

    from truenorth.cli.main import app

    def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        if not hasattr(command, "list_commands"):
            yield name, command
            return
        context = command.make_context(name, [], resilient_parsing=True)
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None and not found.hidden:
                yield from walk(f"{name} {inner}", found)

    yield from walk("truenorth", get_command(app))


def cli_page() -> Iterator[str]:
    """Every command with its flags."""
    yield "# Commands"
    yield ""
    yield "Every command takes `--help`. A command that finds something wrong says so with a [code](errors.md) and exits with 1."
    yield ""
    for name, command in commands():
        yield f"## {name}"
        yield ""
        yield from " ".join((command.help or "").replace("\b", "").split("\n\n")).splitlines()
        yield ""
        rows = parameters(command)
        if rows:
            yield from table(("flag", "what it says", "without it"), rows)


def routes() -> list[tuple[str, str, str]]:
    """Every address: path, methods, what is there."""
    from truenorth.define.model import Model, Workspace
    from truenorth.store.state import open_state
    from truenorth.web.app import pages
    from truenorth.web.entrance import Entrance
    from truenorth.workspace import wall_clock

    nothing: Any = SimpleNamespace(model=Model(Workspace("Nothing")))
    entrance = Entrance(open_state(FOLDER), wall_clock)
    found = []
    for route in pages(nothing, entrance=entrance).routes:
        about = (route.endpoint.__doc__ or "").strip().split("\n\n")[0]
        found.append((route.path, ", ".join(sorted((route.methods or {"GET"}) - {"HEAD"})), about))
    return found


def routes_page() -> Iterator[str]:
    """Every address of the pages."""
    yield "# Addresses"
    yield ""
    yield "A page and its twins come from one route and one answer: the same address with `.json`, `.csv`, `.xlsx`, `.svg`, `.png` or `.md` behind"
    yield "it. What is chosen on a page stands in its address."
    yield ""
    yield from table(
        ("address", "method", "what is there"), [(f"`{path}`", way, about) for path, way, about in routes()]
    )
    yield ""
    yield "## What is collected"
    yield ""
    yield "On the collector's own port. Each address also stands behind `/ingest/DIALECT`, which decides where two vendors use one path. `/health` answers 200"
    yield "while all is well, 503 while nothing can be kept. See [Collect events](../how-to/collect-events.md)."
    yield ""
    yield from table(
        ("address", "dialect", "who sends there"), [(f"`{path}`", name, about) for path, name, about in COLLECTED]
    )


# Where the collector takes what; a test asks it about each.
COLLECTED = (
    ("/v1/events", "native", 'events as a JSON array, one a line, or `{"events": […]}`; each is answered by itself'),
    ("/tn.js", "native", "the script for pages"),
    ("/batch/", "posthog", "PostHog's libraries on servers"),
    ("/e/", "posthog", "posthog-js"),
    ("/i/v0/e/", "posthog", "posthog-js, one event"),
    ("/capture/", "posthog", "older libraries of PostHog"),
    ("/i/v1/analytics/events", "posthog", "PostHog's libraries with version 1, answered for each event"),
    ("/flags/", "posthog", "no flags: libraries that ask for them go on"),
    ("/decide/", "posthog", "the same, asked by older ones"),
    ("/array/KEY/config.js", "posthog", "what posthog-js asks at its start"),
    ("/v1/batch", "segment", "Segment's libraries on servers"),
    ("/v1/track", "segment", "one call; also `identify`, `page`, `screen`, `group`, `alias`"),
    ("/v1/t", "segment", "one call of analytics.js; also `i`, `p`, `s`, `g`, `a` and `b` for several"),
    (
        "/beacon/v1/batch",
        "segment",
        "RudderStack's browsers as they leave; also `/pixel/v1/track`, `/pixel/v1/page`, `/v1/merge`",
    ),
    ("/api/s/track", "segment", "one call of Jitsu's libraries; also below `/api/s/s2s`"),
    ("/v1/projects/KEY/settings", "segment", "what analytics.js asks at its start"),
    ("/track", "mixpanel", "events of Mixpanel's libraries"),
    ("/engage", "mixpanel", "their profiles of people"),
    ("/groups", "mixpanel", "their profiles of groups"),
    ("/import", "mixpanel", "events of the past, as JSON or one a line"),
    ("/2/httpapi", "amplitude", "Amplitude's libraries; `/batch` too, where the body decides"),
    ("/identify", "amplitude", "what changes about a person, as a form; `/groupidentify` for a group"),
    ("/api/send", "umami", "Umami's tracker and libraries; the website's id is the key"),
    ("/api/batch", "umami", "the same, several at once"),
    ("/api/event", "plausible", "Plausible's tracker; the domain is the key"),
    ("/mp/collect", "google", "GA4's Measurement Protocol; the key is its `api_secret`"),
    ("/debug/mp/collect", "google", "what would be wrong, and nothing is kept"),
    ("/api/v1/write", "prometheus", "remote write 1.0"),
    ("/v1/metrics", "otlp", "OTLP metrics, protobuf or JSON"),
    ("/v1/logs", "otlp", "OTLP logs, as events"),
    ("/v1/checks", "checks", "results of checks from other places"),
    ("/checks/KEY/beat", "checks", "that something is alive"),
    ("/statsd", "statsd", "lines of StatsD and DogStatsD, which also come as datagrams"),
)


def templates_page() -> Iterator[str]:
    """Every standard metric."""
    from truenorth.define.templates import templates

    yield "# Standard metrics"
    yield ""
    yield "`truenorth add NAME --dataset …` binds one to your own fields and writes the YAML. The pages of metrics made this way carry all"
    yield "that stands here, with your own numbers in the formula."
    yield ""
    for name, one in templates().items():
        yield f"## {name}"
        yield ""
        yield f"**{one.label}** ({one.domain}). {one.question}"
        yield ""
        yield f"{one.kind_note}"
        yield ""
        yield f"- Formula: {one.formula}"
        yield f"- Unit: {one.unit or 'a plain count'}; good is: {one.direction}"
        yield f"- Also called: {', '.join(one.aliases)}"
        if one.parts:
            yield f"- Parts, each of which may be a metric that you have: {', '.join(f'`{part}`' for part in one.parts)}"
        yield f"- Related: {', '.join(f'`{other}`' for other in one.related)}"
        yield ""
        slots = [
            (f"`{slot}`", what.description, f"`{what.example}`", "" if what.default is None else f"`{what.default}`")
            for slot, what in one.slots.items()
        ]
        yield from table(("slot", "what to bind", "example", "without it"), slots)
        yield "How to read it:"
        yield ""
        yield from (f"- {line}" for line in one.how_to_read)
        yield ""
        yield "Pitfalls:"
        yield ""
        yield from (f"- **{pitfall.title}.** {pitfall.text}" for pitfall in one.pitfalls)
        yield ""
        yield "Variants:"
        yield ""
        yield from (f"- **{variant.name}.** {variant.difference}" for variant in one.variants)
        yield ""
    yield from canonical_tables()


def canonical_tables() -> Iterator[str]:
    """Every canonical table: its columns, and the names by which they are found in an export."""
    from truenorth.define.tables import tables

    yield "## Canonical tables"
    yield ""
    yield "`truenorth add NAME --dataset …` makes a dataset of these columns over an export of yours. A column is found by one of its names, or said"
    yield "with `--slot COLUMN=SQL`; a program's export is known by its own columns."
    yield ""
    for name, one in tables().items():
        yield f"### {name}"
        yield ""
        yield f"**{one.label}**: {one.rows}."
        yield ""
        columns: list[tuple[object, ...]] = [
            (f"`{column}`", f"{what.about}{' Needed.' if what.needed else ''}", ", ".join(f"`{x}`" for x in what.names))
            for column, what in one.columns.items()
        ]
        yield from table(("column", "what it says", "found by"), columns)
        yield f"- Also called: {', '.join(one.aliases)}"
        if one.makers:
            yield f"- Programs whose exports are known: {'; '.join(maker.name for maker in one.makers)}"
        yield f"- Metrics over it: {one.metric}"
        yield ""


def policies_page() -> Iterator[str]:
    """Every policy of balances of subscriptions, and the columns that they read."""
    from truenorth.define.habits import habits, tools
    from truenorth.define.movement import COUNTED, PRESETS
    from truenorth.define.policies import policies
    from truenorth.define.roles import ROLES

    yield "# Policies"
    yield ""
    yield "On these choices tools disagree about the same subscriptions. A balance says `policies: {NAME: CHOICE}` or `compat: TOOL`; what it"
    yield "does not say is the default. What a tool chooses is told by its own documentation, and its settings may change it."
    yield ""
    for name, one in policies().items():
        yield f"## {name}"
        yield ""
        yield one.question
        yield ""
        rows = []
        for word, choice in one.choices.items():
            default = " (default)" if one.choice(one.default) is choice else ""
            vendors = ", ".join(tool for tool in PRESETS if one.choice(one.vendors[tool]) is choice)
            rows.append((f"`{word}`{default}", f"{choice.label}. {choice.explanation}", vendors))
        yield from table(("choice", "what it does", "who chooses it"), rows)
    yield "## Metrics of people"
    yield ""
    yield "What tools do by default that follow people, as `compat` sets it where a metric does not say otherwise; an empty cell is not known."
    yield ""
    for kind in COUNTED:
        yield f"### {kind}"
        yield ""
        listed = [
            (
                f"`{key}`",
                one.question,
                *(f"`{one.vendors[tool]}`" if tool in one.vendors else "" for tool in tools(kind)),
            )
            for key, one in habits(kind).items()
        ]
        yield from table(("key", "what it answers", *tools(kind)), listed)
    yield "## Columns of subscription periods"
    yield ""
    yield "A policy whose columns a dataset does not have changes nothing there."
    yield ""
    yield from table(
        ("column", "what it says", "without it", "bound to, for example"),
        [
            (
                f"`{role.name}`",
                role.about,
                "needed" if role.needed else f"`{role.default}`" if role.default else "",
                f"`{role.example}`",
            )
            for role in ROLES.values()
        ],
    )


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "yaml.md": yaml_page,
    "metric-types.md": metric_types_page,
    "cli.md": cli_page,
    "routes.md": routes_page,
    "templates.md": templates_page,
    "policies.md": policies_page,
}


def text(name: str) -> str:
    """What a page should say now."""
    lines = [line.rstrip() for line in PAGES[name]()]
    return MADE + "\n".join(lines).rstrip() + "\n"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        (FOLDER / name).write_text(text(name), "utf-8")
        print(f"docs/reference/{name}", file=sys.stderr)


if __name__ == "__main__":
    main()
