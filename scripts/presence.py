"""What the reference says of the metric types that rest on when people are active."""

from __future__ import annotations

PRESENCE = {
    "lifecycle": (
        "Who is new, returning, resurrecting or dormant in each period. `entity` says whose a row of `dataset`"
        " is, `filter` which rows count as being active. A metric that is `of` a lifecycle is one number of it, by"
        " its `part`: `active` (the default), `new`, `returning`, `resurrecting`, `dormant`, `unknown`.\n\n"
        "- New are those whose first activity ever lies in the period: all of history counts, not only the range"
        " that is asked for. Returning were active in the period before as well, resurrecting earlier but not"
        " then. Dormant were active in the period before and are not in this one; they count in the first period"
        " without activity only.\n"
        "- In every period active = new + returning + resurrecting, and those active in the period before ="
        " returning + dormant: also in the first one of a range, which looks back beyond its edge.\n"
        "- While a period is still filling, who has not come yet may still come: they are `unknown`, and"
        " `dormant` has no value.\n"
        "- The periods are those that are asked for; without any, the range is one, and the stretch before it"
        " that is as long the other. With `period: week` they are weeks whatever is asked for: a month or a range"
        " adds up the weeks that begin in it, each whole, so that somebody counts once for each and a month says the"
        " same in every range. Days are refused.\n"
        "- With `by:` everybody is followed in each group by itself: who changes groups is new in the second, and"
        " groups do not add up.",
        """
- {name: weekly_lifecycle, type: lifecycle, dataset: events, entity: person, period: week}
- {name: new_people, type: lifecycle, of: weekly_lifecycle, part: new}
- {name: dormant_people, type: lifecycle, of: weekly_lifecycle, part: dormant}
""",
    ),
    "stickiness": (
        "On how many days people are active. Two different numbers go by that name elsewhere, so each has its own"
        " `part`: `ratio` (the default) is the people active on an average day as a share of those active in the"
        " window; `days` is how many people were active on exactly `days: 3` days, or on `at_least: 3`. Further"
        " parts: `average_days` of those who were active at all, `people`, `active_days` (those of everybody added"
        " up) and `possible_days`.\n\n"
        "- `ratio` looks at the 28 days up to the end of each period, which hold every weekday equally often, or"
        " at another `window`, or at a calendar month so far with `grain_to_date: month`. The other parts look at"
        " each period that is asked for, unless the stickiness states one of these.\n"
        "- Days are those of the workspace's time zone. Of a period that is still filling only the days that have"
        " begun are possible.\n"
        "- Periods and ranges are of whole days; anything finer is refused. People of groups do not add up.",
        """
- {name: habit, type: stickiness, dataset: events, entity: person}
- {name: regulars, type: stickiness, of: habit, part: days, at_least: 10}
- {name: active_days, type: stickiness, of: habit, part: average_days}
""",
    ),
    "churn": (
        "Who stays away, by the rows of what people do. Two rules, each with a name: `activity` (gone is who was"
        " active in the period before and is not in this one) and `inactivity` (gone is who has no activity on the"
        " `idle` days after their last one in the period). Parts: `rate` (the default), `churned`, `stayed`,"
        " `unknown`. Subscriptions that end are another thing: a movement with `part: churn`.\n\n"
        "- `activity`: churned is the dormant part of a lifecycle, and the rate its share of those active in the"
        " period before. `period` and everything else is as there.\n"
        "- `inactivity`: everybody who was active in the period is churned, stayed or unknown. Somebody whose"
        " last activity was on the 1st is gone after `idle: 30 days` where there is none up to and with the 31st."
        " Days are those of the workspace's time zone.\n"
        "- Of whom the idle days are not over nobody can know: they are unknown, and no part of the rate, also"
        " where they are back already. Else those who come back soon would count at once and those who never do"
        " only later, and the rate would be too low.",
        """
- {name: activity_churn, type: churn, rule: activity, dataset: events, entity: person, period: month}
- {name: inactivity_churn, type: churn, rule: inactivity, idle: 30 days, dataset: events, entity: person}
- {name: people_gone, type: churn, of: inactivity_churn, part: churned}
""",
    ),
}
