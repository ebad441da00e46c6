"""Money out: the costs of every day and what each channel's marketing cost and brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from truenorth.demo import story
from truenorth.demo.calendar import Days, between
from truenorth.demo.columns import dates, money, numbers, words
from truenorth.demo.draw import stream
from truenorth.demo.visits import CHANNELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

# category, department, share of the smoothed takings
COSTS = (
    ("hosting", "engineering", 0.105),
    ("payment fees", "finance", 0.028),
    ("customer care", "support", 0.115),
    ("licences passed on", "engineering", 0.060),
    ("salaries", "engineering", 0.105),
    ("salaries", "product", 0.040),
    ("salaries", "sales", 0.200),
    ("salaries", "administration", 0.045),
    ("software", "engineering", 0.022),
    ("rent", "administration", 0.032),
    ("travel", "sales", 0.012),
)
CATEGORIES = (*dict.fromkeys(category for category, _, _ in COSTS), "marketing")
DEPARTMENTS = (*dict.fromkeys(department for _, department, _ in COSTS), "marketing")
CLICK_PRICE = 1.45
VIEWS_A_CLICK = 38


def daily_spend(days: Days, scale: float) -> NDArray[Any]:
    """Cents spent per day and channel; nothing for channels that cost nothing."""
    import numpy as np

    random = stream("spend")
    plan = np.array([channel.daily_spend for channel in story.CHANNELS]) * scale
    weekly = np.array([1.06, 1.08, 1.06, 1.04, 0.98, 0.88, 0.90])[days.weekday]
    growth = days.visits / days.visits.mean()
    level = (0.35 + 0.65 * growth) * weekly
    cents = 100 * plan[None, :] * level[:, None] * np.exp(random.normal(0, 0.07, (len(days), len(plan))))
    campaign = between(days, story.CAMPAIGN_FIRST_DAY, story.CAMPAIGN_LAST_DAY)
    cents[campaign, CHANNELS.index(story.CAMPAIGN_CHANNEL)] *= story.CAMPAIGN_SPEND
    return np.asarray(np.round(cents), dtype="int64")


def spend_columns(days: Days, spend: NDArray[Any]) -> dict[str, Any]:
    """The table `marketing_spend`: a row per day, channel and campaign."""
    import numpy as np

    random = stream("clicks")
    day, channel = np.nonzero(spend > 0)
    cents = spend[day, channel]
    summer = between(days, story.CAMPAIGN_FIRST_DAY, story.CAMPAIGN_LAST_DAY)[day]
    summer &= channel == CHANNELS.index(story.CAMPAIGN_CHANNEL)
    campaigns = (*(channel.campaign for channel in story.CHANNELS), "summer campaign")
    clicks = random.poisson(cents / 100 / CLICK_PRICE)
    return {
        "day": dates(days.number[day]),
        "channel": words(channel, CHANNELS),
        "campaign": words(np.where(summer, len(campaigns) - 1, channel), campaigns),
        "amount": money(cents),
        "clicks": numbers(clicks.astype("int32")),
        "impressions": numbers((clicks * VIEWS_A_CLICK + random.poisson(40, len(day))).astype("int32")),
    }


def cost_columns(days: Days, takings: NDArray[Any], spend: NDArray[Any]) -> dict[str, Any]:
    """The table `costs`: what every day cost, spread over the days as an accountant would accrue it."""
    import numpy as np

    random = stream("costs")
    smooth = _trend(takings)
    shares = np.array([share for _, _, share in COSTS])
    noise = np.exp(random.normal(0, 0.02, (len(days), len(shares))))
    cents = np.concatenate([np.round(smooth[:, None] * shares[None, :] * noise), spend.sum(axis=1)[:, None]], axis=1)
    lines = [*((category, department) for category, department, _ in COSTS), ("marketing", "marketing")]
    day, line = (axis.ravel() for axis in np.indices(cents.shape))
    return {
        "cost_id": numbers(np.arange(1, cents.size + 1, dtype="int32")),
        "booked_on": dates(days.number[day]),
        "category": words(np.array([CATEGORIES.index(category) for category, _ in lines])[line], CATEGORIES),
        "department": words(np.array([DEPARTMENTS.index(department) for _, department in lines])[line], DEPARTMENTS),
        "amount": money(cents.ravel().astype("int64")),
    }


def _trend(values: NDArray[Any]) -> NDArray[Any]:
    """A straight line through the days: costs do not follow the weather of single days."""
    import numpy as np

    day = np.arange(len(values))
    slope, level = np.polyfit(day, values, 1)
    return np.asarray(level + slope * day)
