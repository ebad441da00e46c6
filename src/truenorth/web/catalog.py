"""The catalog: all metrics, searched by plain words."""

from __future__ import annotations

from collections.abc import Iterable

from truenorth.base.errors import did_you_mean
from truenorth.base.quantity import format_value
from truenorth.base.unit import unit_words
from truenorth.define.economics import statements_of
from truenorth.define.model import Metric, Model
from truenorth.define.templates import find_template
from truenorth.web.ledger import address
from truenorth.web.metric import DOMAINS
from truenorth.web.speak import person, tidy
from truenorth.web.state import State
from truenorth.web.view import Catalog, Choice, Listed

ORDER = ("customer", "operational", "financial", "")
WORDS = {"customer": "customer metric", "operational": "operational metric", "financial": "financial metric"}


def catalog(model: Model, state: State) -> Catalog:
    """The metrics that match `q`, by domain."""
    found = search(model.metrics.values(), state.q)
    groups = tuple(
        (DOMAINS[domain], tuple(_listed(one, model) for one in found if one.domain == domain)) for domain in ORDER
    )
    hint = ""
    if state.q and not found:
        near = did_you_mean(state.q.lower(), [*model.metrics, *(one.title for one in model.metrics.values())])
        hint = f"Nothing matches “{state.q}”" + (f"; {near}" if near else ". Try a shorter word.")
    return Catalog(
        q=state.q,
        domains=(
            Choice("All", "/metrics", not state.q),
            *(Choice(DOMAINS[one], f"/metrics?q={one}", state.q == one) for one in ORDER if one),
        ),
        groups=tuple(group for group in groups if group[1]),
        count=len(found),
        total=len(model.metrics),
        hint=hint,
        statements=tuple(Choice(one.title, address(one)) for one in statements_of(model).values()),
    )


def search(metrics: Iterable[Metric], q: str) -> list[Metric]:
    """The metrics that contain every word of `q` somewhere: first those that have the words themselves in their names,
    then those whose names begin with it, then by label."""
    wanted = q.lower().split()

    def text(metric: Metric) -> str:
        known = find_template(metric.template) if metric.template else None
        aliases = " ".join(known.aliases) if known else ""
        parts = (metric.name, metric.title, metric.description, metric.owner, metric.type, metric.dataset, aliases)
        return " ".join((*parts, WORDS.get(metric.domain, ""))).replace("_", " ").lower()

    def rank(metric: Metric) -> tuple[bool, bool, bool, str]:
        title = metric.title.lower()
        whole = set(wanted) <= set(title.split())
        return (not whole, not title.startswith(q.lower()), q.lower() not in title, title)

    return sorted((one for one in metrics if all(word in text(one) for word in wanted)), key=rank)


def _listed(metric: Metric, model: Model) -> Listed:
    aim = metric.targets[-1] if metric.targets else None
    value = (
        format_value(
            tidy(aim.value),
            metric.unit,
            metric.currency or model.workspace.currency,
            model.workspace.locale,
            compact=True,
        )
        if aim
        else ""
    )
    known = find_template(metric.template) if metric.template else None
    return Listed(
        label=metric.title,
        name=metric.name,
        href=f"/m/{metric.name}",
        domain=DOMAINS[metric.domain],
        description=metric.description or (known.question if known else ""),
        kind=metric.type,
        unit=unit_words(metric.unit, metric.currency, metric.per) if metric.per else metric.unit,
        owner=person(metric.owner),
        target=f"{value} a {aim.every}" if aim else "–",
    )
