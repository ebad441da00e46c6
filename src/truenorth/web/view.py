"""What the templates may show: frozen values, every number already written the way a person reads it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from truenorth.learn.lesson import Lesson


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several ways to look; without a link it leads nowhere. `name` says in words what a sign as label means."""

    label: str
    href: str
    current: bool = False
    key: str = ""
    hint: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit apart, so that the unit can stand back; `full` is all of it in words."""

    number: str
    unit: str
    full: str


@dataclass(frozen=True, slots=True)
class Delta:
    """A change: `word` is better, worse or empty; `text` carries its own sign."""

    text: str
    arrow: str = ""
    word: str = ""
    versus: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """An owner."""

    name: str
    initials: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Goal:
    """A target: its value, how far one is, and the bar that shows it."""

    text: str
    words: str
    state: str
    bar: Markup


@dataclass(frozen=True, slots=True)
class Card:
    """One metric on the home page."""

    name: str
    label: str
    href: str
    amount: Amount
    spark: Markup
    delta: Delta | None = None
    goal: Goal | None = None
    owner: Person | None = None
    status: str = "unknown"
    reason: str = ""
    period: str = ""
    fresh: str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A domain's cards."""

    title: str
    subtitle: str
    cards: tuple[Card, ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """The one thing to know: a sentence, what supports it, and where to look."""

    headline: str
    rest: str = ""
    href: str = ""
    signal: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """The home page."""

    title: str
    period: str
    freshness: str
    story: Story
    bands: tuple[Band, ...]
    grains: tuple[Choice, ...]
    compares: tuple[Choice, ...]
    twins: tuple[Choice, ...] = ()
    notes: tuple[str, ...] = ()
    columns: int = 5


@dataclass(frozen=True, slots=True)
class Fact:
    """A small line of two columns."""

    name: str
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: text, and how it should look (num, better, worse, none), and where it leads."""

    text: str
    kind: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a chart's table: `at` is its place on the chart from 0 to 1, `exact` the drawn value."""

    head: str
    cells: tuple[Cell, ...]
    at: str = ""
    mark: str = ""
    exact: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that is read as a table; `rest` leads to the file that holds all of it."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart and the table it was drawn from; the narrow drawing is for small screens."""

    title: str
    wide: Markup
    narrow: Markup
    sheet: Sheet
    legend: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Why:
    """What the change is made of: a sentence and its steps; or why there are none, and the metrics to ask instead."""

    sentence: str
    figure: Figure | None = None
    links: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Movements:
    """A balance from opening to closing over the range, and period by period."""

    sentence: str
    walk: Figure
    history: Figure
    title: str
    notes: tuple[str, ...] = ()
    twins: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a leaderboard."""

    label: str
    href: str
    bar: Markup
    value: str
    delta: Delta | None = None
    kind: str = ""
    chosen: bool = False
    without: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """A dimension's leading values."""

    title: str
    field: str
    head: tuple[str, ...]
    entries: tuple[Entry, ...]
    split: str = ""
    note: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A small label; with `href` it is a filter that a click removes."""

    text: str
    kind: str = ""
    href: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Snippet:
    """The same question elsewhere, to be copied."""

    label: str
    code: str


@dataclass(frozen=True, slots=True)
class Control:
    """A row of choices that belong together."""

    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """As known when and in which currency a page tells its numbers: the control, and chips for what was chosen."""

    action: str
    kept: tuple[tuple[str, str], ...]
    as_of: str = ""
    currency: str = ""
    converts: bool = False
    chips: tuple[Chip, ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """The metric page."""

    name: str
    title: str
    crumbs: tuple[Choice, ...]
    question: str
    chips: tuple[Chip, ...]
    controls: tuple[Control, ...]
    filters: tuple[Chip, ...]
    kept: tuple[tuple[str, str], ...]
    amount: Amount
    period: str
    sentence: str
    status: str
    facts: tuple[Fact, ...]
    figure: Figure | None
    boards: tuple[Board, ...]
    lesson: Lesson
    tabs: tuple[Choice, ...]
    tab: str
    code: Markup
    sheet: Sheet | None
    twins: tuple[Choice, ...]
    snippets: tuple[Snippet, ...]
    told: Telling
    notes: tuple[str, ...] = ()
    delta: Delta | None = None
    caveats: tuple[str, ...] = ()
    why: Why | None = None
    movements: Movements | None = None
    stages: Why | None = None
    comings: Why | None = None
    taken: Why | None = None
    ways: tuple[Choice, ...] = ()
    traded: Why | None = None
    closed: Sheet | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One metric of the catalog."""

    label: str
    name: str
    href: str
    domain: str
    description: str
    kind: str
    unit: str
    owner: Person | None
    target: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """The metrics of a workspace, as searched."""

    q: str
    domains: tuple[Choice, ...]
    groups: tuple[tuple[str, tuple[Listed, ...]], ...]
    count: int
    total: int
    hint: str = ""
    statements: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error page."""

    status: int
    title: str
    message: str
    code: str = ""
    hint: str = ""
    place: str = ""
    links: tuple[Choice, ...] = ()
