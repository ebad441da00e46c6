"""What the reference says of the metric types that tell of collected series."""

from __future__ import annotations

SERIES = {
    "increase": (
        "How much a counter grew: resets, restarts and gaps are seen to when samples come in, so that it is the"
        " true count, whole"
        " where whole things are counted, and adds up over any period and group. `series` names a collected"
        " metric, of which no"
        " dataset need be defined: its labels are fields.",
        "- {name: requests, type: increase, series: http_requests_total}\n"
        "- {name: failed_requests, type: increase, series: http_requests_total, filter: \"code like '5%'\"}",
    ),
    "rate": (
        "How much a counter grew in a second: its increase over the seconds that have passed of the period, of a"
        " day of 23 or 25"
        " hours as many as it has, and none that are still to come. Nothing is extrapolated: a rate times its"
        " seconds is the count.",
        "- {name: throughput, type: rate, series: http_requests_total}",
    ),
    "gauge": (
        "How high a level stood. `over_time: avg` (the default), `max` or `min`; `across: avg` is that of all"
        " samples of all"
        " series, `sum` adds up the series that were there in a minute, and averages over the minutes: the memory"
        " of a service is"
        " the sum over its pods, however often they come and go.",
        "- {name: memory, type: gauge, series: process_resident_memory_bytes, across: sum}\n"
        "- {name: busiest, type: gauge, series: system.cpu.utilization, over_time: max}",
    ),
    "histogram_quantile": (
        "The percentile of what a histogram counted, as Prometheus tells it: the buckets of all series and"
        " minutes are added up, and"
        " within the bucket that holds the rank values are taken to be spread evenly. What lies beyond the last"
        " bound is told as"
        " that bound. It is computed anew for every period and group: percentiles of percentiles never come"
        " about. Histograms that"
        " OTLP sends, with explicit bounds or exponential, and those that Prometheus sends as a series for each"
        " `le` are read alike;"
        " the quantiles of a summary are levels, a `gauge` with a condition on their label.\n\n"
        "- A `dataset` of your own has the columns `le` and `above`, the bounds of a bucket, and `expr` says how"
        " many fell into it.",
        "- {name: p95_latency, type: histogram_quantile, series: http_request_duration_seconds, percentile: 0.95,"
        " unit: seconds}",
    ),
    "slices": (
        "A metric told for each slice of time (`slice: 5 minutes`), and what the slices make together: how many"
        " there are in"
        " which it is known (`agg: count`, the default), their `sum`, `avg`, `min`, `max` or `median`. With"
        " `below`, `at_most`,"
        " `above` or `at_least` only those count whose value is within that bound.\n\n"
        "- A slice is judged for each group by itself, so that groups do not add up to the whole.\n"
        "- `empty: count` counts all slices that have passed since the first row, whatever is known of them.",
        "- {name: busy_hours, type: slices, input_metric: orders_placed, slice: 1 hour, at_least: 10}\n"
        "- {name: peak_minute, type: slices, input_metric: orders_placed, slice: 1 minute, agg: max}",
    ),
    "apdex": (
        "How satisfied waiting leaves people, from 0 to 1: those who wait up to `satisfied`, and half of those"
        " who wait up to four"
        " times as long, over all. From a histogram it is exact where both are bounds of buckets; else the bucket"
        " that one of them"
        " lies in is shared out evenly, and the answer says so.",
        "- {name: apdex, type: apdex, series: http_request_duration_seconds, satisfied: 0.5}",
    ),
}
