"""Definitions over what is collected, for a workspace that has none: standard metrics bound to the tables that fill by
themselves."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import Any

from truenorth.define.add import place_for
from truenorth.define.home import show
from truenorth.define.model import Dataset, Model
from truenorth.define.templates import bind, render_yaml, template

FILE = "collected.yml"
TABLES = ("events", "ids", "people", "event_keys", "identity")
NAMES = ("events", "people", "persons", "newcomers")
DATASETS = """\
version: 1
# What SDKs send, as it came in. `truenorth serve` fills these tables; more metrics: truenorth templates.
datasets:
  - name: events
    source: events
    time: time
    fields:
      - {name: event}
      - {name: source}
      - {name: library}
      - {name: session_id}
      - {name: who}
      - {name: account, expr: "coalesce(groups['company'], groups['account'], groups['organization'], groups['group'])"}
      - {name: page, expr: "coalesce(properties['path'], properties['$pathname'], properties['url'])"}
      - {name: referrer, expr: "coalesce(properties['referrer'], properties['$referrer'])"}
  # Which ids are one person; ids that are nobody else's have no row.
  - {name: people, source: people, primary_key: [who], fields: [{name: person}]}
  # Every id with its person, since when the person is known, and whether any of their events carries a user id. It is
  # looked up when a question is asked, so that joining and parting ids tells all of history anew.
  - name: persons
    query: >-
      select ids.who as who, coalesce(people.person, ids.who) as person, firsts.since as since,
      case when firsts.users > 0 then 'identified' else 'anonymous' end as standing
      from ids left join people on people.who = ids.who
      left join (
      select coalesce(people.person, ids.who) as one, min(ids.first_seen) as since, count(users.who) as users
      from ids left join people on people.who = ids.who
      left join (select distinct who from events where user_id is not null) as users on users.who = ids.who
      group by 1
      ) as firsts on firsts.one = coalesce(people.person, ids.who)
    primary_key: [who]
    fields: [{name: person}, {name: since}, {name: standing}]
  # Each person with the time of their first event.
  - name: newcomers
    query: >-
      select coalesce(people.person, ids.who) as person, min(ids.first_seen) as first_seen
      from ids left join people on people.who = ids.who group by 1
    primary_key: [person]
    time: first_seen
relationships:
  - {name: event_person, from: events, to: people, from_columns: [who], to_columns: [who]}
  - {name: event_standing, from: events, to: persons, from_columns: [who], to_columns: [who]}
metrics:
"""
PERSON = "coalesce(people.person, who)"
VIEW = "event in ('$pageview', '$screen')"
BINDINGS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("event_count", "events", {}),
    ("daily_active_users", "events", {"person": PERSON}),
    ("weekly_active_users", "events", {"person": PERSON}),
    ("monthly_active_users", "events", {"person": PERSON}),
    ("new_users", "newcomers", {}),
    ("events_per_user", "events", {"person": PERSON}),
    ("page_views", "events", {"where": VIEW}),
    ("session_count", "events", {"session": "session_id"}),
    ("pages_per_session", "events", {"session": "session_id", "viewed": VIEW}),
)


def standard(taken: Container[str] = ()) -> list[list[dict[str, Any]]]:
    """The metrics, each after the parts it brings, without those one of whose names is taken."""
    every = [bind(template(name), dataset, slots) for name, dataset, slots in BINDINGS]
    return [mappings for mappings in every if not any(mapping["name"] in taken for mapping in mappings)]


def definitions(taken: Container[str] = ()) -> str:
    """The definitions as a file, without the metrics one of whose names is taken; "" when none is left."""
    bound = [mapping for mappings in standard(taken) for mapping in mappings]
    return DATASETS + render_yaml(bound).partition("metrics:\n")[2] if bound else ""


def reads(dataset: Dataset) -> bool:
    """Whether a dataset is over a table of a name under which events are collected."""
    return not {dataset.source, *dataset.query.split()}.isdisjoint(TABLES)


def begin(folder: Path, model: Model) -> Path | None:
    """Write them into a workspace, if nothing in it reads what is collected or has the name of their datasets; the
    file. A metric that the workspace has already stays the one it is. A list of the home page takes them in."""
    taken = {*model.datasets, *model.metrics}
    text = definitions(taken)
    path = folder / place_for(model) / FILE
    if not text or path.exists() or any(reads(one) or one.name in NAMES for one in model.datasets.values()):
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    show(folder, [mappings[-1]["name"] for mappings in standard(taken)])
    return path
