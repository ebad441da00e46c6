"""The canonical dataset of subscription periods: what its columns are called, and what each of them says.

A row is one subscription at one price from a day to another; a change of price, quantity or discount begins a new row,
and so does one that is resumed after a pause. A dataset whose columns are called otherwise binds them in `roles:`, each
to an expression over its own columns, so that exports of billing systems need not be copied.
"""

from __future__ import annotations

from msgspec import Struct

from truenorth.define.key import Key


class Role(Struct, frozen=True):
    """One column of the canonical dataset. `default` is what stands for it where a dataset has none; without one a
    policy that reads it says nothing there."""

    name: str
    about: str
    example: str
    default: str = ""
    needed: bool = False
    unit: str = ""


ROLES: dict[str, Role] = {
    one.name: one
    for one in (
        Role("customer_id", "Who pays.", "account", needed=True),
        Role("subscription_id", "Which subscription, or which item where it has several at once.", "id"),
        Role("plan", "What was subscribed to.", "price_nickname"),
        Role("started_on", "The day from which the row counts.", "cast(current_period_start as date)", needed=True),
        Role("ended_on", "The day from which it counts no more; NULL while it lasts.", "ended_at", needed=True),
        Role("amount", "The price of one for one term.", "unit_amount * 0.01", needed=True, unit="currency"),
        Role("currency", "The currency of the amount.", "upper(currency)"),
        Role("interval", "What a term is counted in: day, week, month, quarter, half_year or year.", "unit", "'month'"),
        Role("interval_count", "How many intervals a term has.", "interval_count", "1"),
        Role("quantity", "How many are paid for.", "seats", "1"),
        Role("discount_kind", "How long a discount is given: forever, recurring or once.", "duration", "'recurring'"),
        Role("discount_amount", "What it takes off a term, for all of the quantity.", "discount", unit="currency"),
        Role("tax", "The tax inside a term's price.", "tax_amount", unit="currency"),
        Role("fees", "The fees inside a term's price.", "platform_fee", unit="currency"),
        Role("status", "trialing, active, past_due, unpaid, paused, cancelled or incomplete.", "status", "''"),
        Role("trial_end", "The day on which the trial is over.", "cast(trial_end as date)"),
        Role("cancelled_at", "The day on which it was cancelled.", "cast(canceled_at as date)"),
        Role("cancel_scheduled_on", "The day on which somebody asked to cancel it.", "requested_on"),
        Role("cancel_reason", "Why it was cancelled.", "cancellation_feedback"),
        Role("paused_on", "The day from which the row is paused until its end.", "paused_on"),
        Role("past_due_since", "The day since which it is past due.", "past_due_since"),
        Role("refunded_on", "The day on which it was refunded.", "refunded_on"),
        Role("metered", "Whether the amount is charged by use.", "usage_type = 'metered'"),
        Role("invoiced_on", "The day on which it was invoiced.", "invoice_date"),
    )
}
# What an interval may be called.
INTERVALS = (
    *("day", "days", "daily", "week", "weeks", "weekly", "month", "months", "monthly"),
    *("quarter", "quarters", "quarterly", "half_year", "half-yearly", "semiannual"),
    *("year", "years", "yearly", "annual", "annually"),
)
# What is wrong with a row of a dataset that has the role, whatever policies choose: it is set aside.
WRONG = {
    "quantity": "CAST(quantity AS DECIMAL(18, 4)) < 0",
    "interval": f"COALESCE(LOWER(interval), '') NOT IN {INTERVALS!r}",
    "interval_count": "CAST(interval_count AS INTEGER) < 1",
    "amount": "TRY_CAST(amount AS DECIMAL(28, 8)) IS NULL",
}
ROLES_KEY = Key(
    "roles",
    "texts",
    "The dataset as subscription periods: for each of their columns, SQL over the columns of this dataset.",
    example="{customer_id: account, amount: unit_amount * 0.01}",
)
