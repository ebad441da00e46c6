"""The small world in which credit is worked out by hand, under every model."""

from __future__ import annotations

from tests.truth.case import World

MODELS = ("first", "last", "last_non_direct", "linear", "position", "time_decay")
DIRECT = {"last_non_direct": ", direct: \"channel = 'direct'\""}
DEFINITIONS = """
datasets:
  - {name: visits, source: visits, primary_key: [id], time: at, fields: [{name: person}, {name: channel}, {name: campaign_id}]}
  - {name: orders, source: orders, primary_key: [id], time: ordered_at, fields: [{name: person}, {name: kind}, {name: amount, unit: currency}, {name: channel}]}
  - {name: people, source: people, primary_key: [name], fields: [{name: region}]}
  - {name: campaigns, source: campaigns, primary_key: [id], fields: [{name: title}]}
relationships:
  - {name: visit_person, from: visits, to: people, from_columns: [person], to_columns: [name]}
  - {name: order_person, from: orders, to: people, from_columns: [person], to_columns: [name]}
  - {name: visit_campaign, from: visits, to: campaigns, from_columns: [campaign_id], to_columns: [id]}
metrics:
  - {name: touches, type: simple, dataset: visits, agg: count}
  - {name: orders, type: simple, dataset: orders, agg: count}
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount, unit: currency}
""" + "".join(
    f"  - {{name: {what}_{model}, type: attribution, base_metric: touches, conversion_metric: {what}, entity: person, "
    f"window: 30 days, model: {model}{DIRECT.get(model, '')}}}\n"
    for what in ("revenue", "orders")
    for model in MODELS
)
# Ada comes by an ad, a mail and by herself; Ben only by himself; Cy's ad is too long ago; one order has no name;
# Eve's two touches and her order are of one moment; Fay has four touches, and one that comes after her order.
VISITS = """
id integer | person text | at timestamp        | channel text | campaign_id integer
1          | Ada         | 2025-01-01T10:00:00 | ads          | 7
2          | Ada         | 2025-01-05T10:00:00 | mail         | 8
3          | Ada         | 2025-01-08T10:00:00 | direct       |
4          | Ben         | 2025-01-02T10:00:00 | direct       |
5          | Ben         | 2025-01-03T10:00:00 | direct       |
6          | Cy          | 2025-01-01T10:00:00 | ads          | 7
8          | Eve         | 2025-01-10T09:00:00 | mail         | 8
9          | Eve         | 2025-01-10T09:00:00 | ads          | 7
10         | Fay         | 2025-01-01T10:00:00 | ads          | 7
11         | Fay         | 2025-01-02T10:00:00 | mail         | 8
12         | Fay         | 2025-01-03T10:00:00 | social       |
13         | Fay         | 2025-01-04T10:00:00 | ads          | 7
14         | Fay         | 2025-01-06T10:00:00 | mail         | 8
15         | Gus         | 2025-01-06T10:00:00 | social       |
"""
ORDERS = """
id integer | person text | ordered_at timestamp | kind text | amount decimal | channel text
100        | Ada         | 2025-01-08T12:00:00  | new       | 100.00         | web
101        | Ben         | 2025-01-04T10:00:00  | new       | 50.00          | web
102        | Cy          | 2025-02-05T10:00:00  | new       | 30.00          | shop
103        |             | 2025-01-09T10:00:00  | guest     | 7.00           | shop
104        | Eve         | 2025-01-10T09:00:00  | new       | 0.05           | web
105        | Fay         | 2025-01-04T18:00:00  | new       | 10.00          | web
"""
PEOPLE = """
name text | region text
Ada       | North
Ben       | North
Cy        | South
Eve       | South
Fay       | South
"""
CAMPAIGNS = """
id integer | title text
7          | Spring
8          | Letter
"""
WORLD = World(DEFINITIONS, visits=VISITS, orders=ORDERS, people=PEOPLE, campaigns=CAMPAIGNS)
