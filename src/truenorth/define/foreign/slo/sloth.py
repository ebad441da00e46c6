"""Sloth's objectives, as files of its own and as Kubernetes has them; the two spell their keys in two ways."""

from __future__ import annotations

from truenorth.define.foreign.slo.amount import Refused
from truenorth.define.foreign.slo.objective import OWNERS, Objectives, Stated, number_of, owner_of
from truenorth.define.foreign.tree import Tree

WINDOWS = "AlertWindows"
KIND = "PrometheusServiceLevel"
# What Sloth keeps objectives over, unless it is told otherwise when it runs.
WINDOW = "30 days"


def carry(tree: Tree, objectives: Objectives) -> None:
    """All objectives of a service."""
    if tree.text("kind") == WINDOWS:
        objectives.carried.lose("ALERTING_DROPPED", WINDOWS, "our alert table is scaled to each window", tree.place)
        return
    spec = tree.get("spec") if tree.text("kind") == KIND else tree
    service = spec.text("service")
    chain = spec.get("slo_plugins", "sloPlugins")
    if chain.there:
        plugins(chain, service, objectives)
    owner = owner_of(spec.get("labels"))
    for one in spec.items("slos"):
        objective(one, service, owner, objectives)
    dropped_labels(spec, service, objectives)


def objective(one: Tree, service: str, owner: str, objectives: Objectives) -> None:
    """One of its objectives."""
    target = number_of(one, "objective")
    if not one.text("name") or target is None:
        one.wrong("keys such as name and objective")
        return
    name = objectives.named(service, one.text("name"))
    stated = Stated(
        name,
        one.get("name").place,
        target,
        [WINDOW],
        objectives.named(service),
        description=one.text("description"),
        owner=owner_of(one.get("labels")) or owner,
    )
    alerting = one.get("alerting")
    if alerting.there:
        objectives.carried.lose("ALERTING_DROPPED", name, "our alert table is built in", alerting.place)
    if one.get("plugins").there:
        plugins(one.get("plugins"), name, objectives)
    dropped_labels(one, name, objectives)
    indicator = one.get("sli")
    events, raw, plugin = (indicator.get(key) for key in ("events", "raw", "plugin"))
    if events.there:
        counted, total = events.get("error_query", "errorQuery"), events.get("total_query", "totalQuery")
        objectives.events(stated, False, counted, total)
    elif raw.there:
        objectives.events(stated, False, raw.get("error_ratio_query", "errorRatioQuery"))
    elif plugin.there:
        why = f'the plugin "{plugin.text("id")}" is a program of its own, which writes the queries'
        objectives.lose(stated, Refused("PLUGIN_DROPPED", why), plugin.place)
    else:
        objectives.lose(stated, Refused("SLI_DROPPED", "it does not say what is counted"), indicator.place)


def plugins(tree: Tree, name: str, objectives: Objectives) -> None:
    """Plugins that change the rules that Sloth writes; there are none to change here."""
    for one in tree.items("chain"):
        why = f'the plugin "{one.text("id")}" changes rules for Prometheus, which are not needed here'
        objectives.carried.lose("PLUGIN_DROPPED", name, why, one.place)


def dropped_labels(tree: Tree, name: str, objectives: Objectives) -> None:
    """Labels of an objective, apart from its owner."""
    labels = tree.get("labels")
    words = [key for key in labels.keys if key not in OWNERS]
    if words:
        why = f"an objective has no labels of its own ({', '.join(words)}): say it in its description"
        objectives.carried.lose("LABELS_DROPPED", name, why, labels.place)
