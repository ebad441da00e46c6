"""The one front door: open a workspace, ask it, check it, feed it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from msgspec import structs

from truenorth.base.errors import DefinitionErrors, QueryError, TrueNorthError, did_you_mean
from truenorth.base.period import Grain, grain_of
from truenorth.base.policy import OPEN, Policy
from truenorth.base.table import Value
from truenorth.define.cache import load_cached
from truenorth.define.graph import home_metrics as home_metrics
from truenorth.define.graph import metric as metric_of
from truenorth.define.graph import there_are
from truenorth.define.model import Model, Slo
from truenorth.define.part import asked_of
from truenorth.define.policies import held_by
from truenorth.define.rounding import rounded
from truenorth.define.slos import slos_of
from truenorth.query.answer import Answer
from truenorth.query.aside import rows_aside
from truenorth.query.catalog import Catalog
from truenorth.query.horizon import Horizons
from truenorth.query.request import Asked as Asked
from truenorth.query.request import MetricQuery, conditions, listed
from truenorth.query.run import Runner
from truenorth.store.engine import Engine
from truenorth.store.open import open_engine

# Rooms that a plain question does not need are loaded by the doors that need them: a cold start is quick.
if TYPE_CHECKING:
    from truenorth.collect.data import Data
    from truenorth.decide.annotation import Annotation
    from truenorth.decide.scorecard import Scorecard
    from truenorth.define.tables import CanonicalTable
    from truenorth.learn.lesson import Lesson
    from truenorth.query.behind import Behind
    from truenorth.query.cost import Cost
    from truenorth.query.diff import Differences
    from truenorth.query.gap import Ledger
    from truenorth.query.proof import Report
    from truenorth.query.retention import Matrix
    from truenorth.query.standing import Standing
    from truenorth.query.test import Outcome
    from truenorth.query.timeline import Timeline

Clock = Callable[[], datetime]
Span = tuple[datetime, datetime]
HOME_RANGES = {"hour": "72h", "day": "42d", "week": "26w", "month": "24m", "quarter": "12q", "year": "6y"}


def home_grain(word: str) -> Grain:
    """A grain that cards are shown by; QueryError E_UNKNOWN_GRAIN otherwise."""
    grain = grain_of(word)
    if grain not in HOME_RANGES:
        hint = f"one of {', '.join(HOME_RANGES)}"
        raise QueryError("E_UNKNOWN_GRAIN", f'the key metrics are not shown by "{word}"', hint=hint)
    return grain


class Reporting(TypedDict, total=False):
    """What is known of how another tool reports: the tool, its policies, the zone of its days, and the grain."""

    compat: str
    policies: dict[str, str]
    timezone: str
    grain: str


def wall_clock() -> datetime:
    """The naive UTC time by the machine's clock; the only place that reads it."""
    return datetime.now(UTC).replace(tzinfo=None)


def open(
    path: str | Path = ".", *, now: datetime | None = None, read_only: bool = True, policy: Policy = OPEN
) -> Workspace:
    """The workspace in a folder, its definitions checked; DefinitionErrors tells all that is wrong with them.

    `now` (naive UTC) stands in for the clock, so that an answer can be asked again as it was. `policy` hides rows.
    """
    folder = Path(path)
    model = load_cached(folder)
    engine = open_engine(model.workspace.warehouse, folder, read_only)
    return Workspace(folder, model, engine, (lambda: now) if now is not None else wall_clock, policy)


class Workspace:
    """One company's definitions and data. Use `open` to get one; it is also a context manager."""

    def __init__(
        self, folder: Path, model: Model, engine: Engine, clock: Clock = wall_clock, policy: Policy = OPEN
    ) -> None:
        self.folder = folder
        self.model = model
        self._engine = engine
        self._clock = clock
        self._runner = Runner(Catalog(model, engine, policy), shown)
        self._scorecards: dict[tuple[str, str], tuple[tuple[Answer, ...], Scorecard]] = {}

    def __repr__(self) -> str:
        return f"<workspace {self.model.workspace.name}: {there_are(list(self.model.metrics))}>"

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def query(self, *metrics: str | MetricQuery, **asked: Unpack[Asked]) -> Answer:
        """The answer to a MetricQuery, to its words, `query("revenue", by="plan", grain="month", range="12m")`, or to
        a statement: `query("select plan, MEASURE(revenue) from metrics group by plan")`."""
        self._runner.catalog.refresh()
        if is_statement(self.model, metrics):
            return self._spoken(str(metrics[0]), asked)
        query = question(metrics, asked)
        return self._runner_of(query).ask(query, self._now_of(query))

    def explain(self, *metrics: str | MetricQuery, **asked: Unpack[Asked]) -> tuple[str, str]:
        """The plan and the SQL of a question, which is not run, and the first rows that its balances set aside."""
        self._runner.catalog.refresh()
        if is_statement(self.model, metrics):
            return self._spoken_plan(str(metrics[0]), asked)
        query = question(metrics, asked)
        runner = self._runner_of(query).knowing(query)
        plan, statement = runner.compile(query, self._now_of(query))
        model, asked_for = runner.catalog.model, query.metrics
        more = (*held_by(model, asked_for), *rounded(model, asked_for), *rows_aside(runner.catalog, plan))
        return "\n".join([str(plan), *more]), statement.sql

    def _runner_of(self, query: MetricQuery) -> Runner:
        """What answers a question: of the rows there are, or of those that had come in by a time."""
        if not query.as_of:
            return self._runner
        from truenorth.collect.known import known_at
        from truenorth.query.past import Past, moment_of, spoken

        moment = moment_of(query.as_of, query.timezone or self.model.workspace.timezone)
        known = partial(known_at, self._engine, moment=moment)
        return Runner(Past(self._runner.catalog, known, spoken(query.as_of)), shown)

    def _spoken(self, text: str, asked: Asked) -> Answer:
        """The answer to a statement; other words of the question, such as `range`, may stand beside it."""
        from truenorth.query.statement import placed, statement

        spoken = statement(self.model, text)
        try:
            query = beside(spoken.query, asked)
            return spoken.of(self._runner_of(query).ask(query, self._now_of(query)))
        except TrueNorthError as error:
            raise placed(error, text) from None

    def _spoken_plan(self, text: str, asked: Asked) -> tuple[str, str]:
        """The plan and the SQL of a statement."""
        from truenorth.query.statement import placed, statement

        try:
            query = beside(statement(self.model, text).query, asked)
            plan, compiled = self._runner.compile(query, self._now_of(query))
        except TrueNorthError as error:
            raise placed(error, text) from None
        return str(plan), compiled.sql

    def scorecard(self, grain: str = "week", vs: str = "prev", timezone: str = "") -> Scorecard:
        """The key metrics in three bands, from one question: value, change, target, normal or signal."""
        from truenorth.decide.scorecard import scorecard

        answers = self._key_metrics(grain, vs, timezone)
        known = self._scorecards.get((grain, vs))
        if known is None or [*map(id, known[0])] != [*map(id, answers)]:
            noted = self.annotations()
            known = answers, scorecard(self.model, answers, home_grain(grain), vs, self._now(), noted)
            self._scorecards[grain, vs] = known
        return known[1]

    def _key_metrics(self, grain: str, vs: str, timezone: str) -> tuple[Answer, ...]:
        """Every key metric over the periods that a card shows: one question, or one for each end of their data."""
        names = home_metrics(self.model)
        if not names:
            hint = "add one: truenorth add revenue_growth --dataset orders"
            raise QueryError("E_NO_METRIC", "no metric is defined yet", hint=hint)
        asked = MetricQuery(
            metrics=(),
            grain=grain,
            range=HOME_RANGES[home_grain(grain)],
            timezone=timezone,
            vs=vs if vs == "year" else "",
            fill=True,
        )
        self._runner.catalog.refresh()
        answers, problems = list[Answer](), list[TrueNorthError]()
        for now, some in self._by_end(names).items():
            answer, wrong = self._healthy(structs.replace(asked, metrics=tuple(some)), now)
            problems += wrong
            answers += [answer] if answer else []
        if not answers:
            raise problems[0]
        return tuple(answers)

    def _now_of(self, query: MetricQuery) -> datetime:
        """The now of one question: where the data of the metrics it asks for ends, or the wall's."""
        asked = (asked_of(self.model, name) for name in query.metrics)
        known = [name for name in asked if name in self.model.metrics]
        return max(self._by_end(known), default=self._now())

    def _by_end(self, names: Sequence[str]) -> dict[datetime, list[str]]:
        """Metrics by the now at which they are looked at side by side: where the data of each ends, or the wall's."""
        now, found = self._now(), dict[datetime, list[str]]()
        own = Horizons(self._runner.catalog, now, self._wall()) if self.model.workspace.clock == "data" else None
        for name in names:
            found.setdefault(own.of(name) if own else now, []).append(name)
        return found

    def _healthy(self, asked: MetricQuery, now: datetime) -> tuple[Answer | None, list[TrueNorthError]]:
        """The answer for those metrics that can be asked, with what is wrong with the others among its notes."""
        with suppress(TrueNorthError):
            return self._runner.ask(asked, now), []
        healthy, problems = list[str](), list[TrueNorthError]()
        for name in asked.metrics:
            try:
                self._runner.ask(structs.replace(asked, metrics=(name,)), now)
                healthy.append(name)
            except TrueNorthError as error:
                problems.append(error)
        if not healthy:
            return None, problems
        answer = self._runner.ask(structs.replace(asked, metrics=tuple(healthy)), now)
        return replace(answer, notes=(*answer.notes, *map(str, problems))), problems

    def lesson(self, metric: str, history: str = "week", **asked: Unpack[Asked]) -> Lesson:
        """What a metric means, with the reader's own numbers of the asked range and its usual range by `history`."""
        from truenorth.learn.lesson import lesson
        from truenorth.learn.reading import Past
        from truenorth.learn.values import values

        query = question([metric], asked)
        defined = metric_of(self.model, metric)
        span = HOME_RANGES[home_grain(history)]
        answer = self.query(structs.replace(query, grain=history, range=span, fill=True, vs="", by=()))
        past = [number(row[1]) for row in answer.table.rows if row[0] is not None and row[0] not in answer.incomplete]
        return lesson(self.model, defined, values(self.model, defined, query, self.query), Past(past, history))

    def annotations(self) -> tuple[Annotation, ...]:
        """What happened and when, from the table `annotations`; none when row filters are about that table."""
        from truenorth.decide.annotation import TABLE, read_annotations

        if any(self.model.datasets[name].source == TABLE for name in self._runner.catalog.policy.rows):
            return ()
        return read_annotations(self._engine)

    def check(self) -> tuple[TrueNorthError, ...]:
        """What the definitions name and the data does not have; the definitions themselves were checked on opening."""
        from truenorth.query.sound import mistakes

        self._runner.catalog.refresh()
        return mistakes(self._runner.catalog, self._clock())

    def test(self) -> tuple[Outcome, ...]:
        """Every expected number that the definitions state, asked."""
        from truenorth.query.test import outcomes

        return tuple(outcomes(self.model, self.query))

    def verify(self, *metrics: str, samples: int = 12) -> Report:
        """The same numbers by other roads; the report holds the smallest example where they part."""
        from truenorth.query.verify import verify

        self._runner.catalog.refresh()
        return verify(self._runner.catalog, self.query, self._now(), metrics, samples)

    def diff(self, revision: str, *metrics: str, range: str = "12m", grain: str = "month") -> Differences:
        """What the definitions changed since a revision (of git, or in another folder) do to history, by clause."""
        from truenorth.define.revision import model_at
        from truenorth.query.diff import diff

        self._runner.catalog.refresh()
        query = MetricQuery(metrics, range=range, grain=grain)
        return diff(self._runner.catalog, model_at(self.folder, revision), revision, query, self._now())

    @property
    def data(self) -> Data:
        """What came in from outside and what became of it."""
        from truenorth.collect.data import Data

        return Data(self.folder, self.model, self._engine, self._clock)

    def add(self, template: str, dataset: str, slots: dict[str, str], *, name: str = "", owner: str = "") -> Path:
        """Bind a standard metric, or a canonical table, and write it as definitions; nothing is kept if it is wrong."""
        from truenorth.define.add import add, add_table
        from truenorth.define.tables import find_table

        table = find_table(template)
        if table is None:
            path = add(self.folder, self.model, (template, dataset, slots), name, owner)
        else:
            path = add_table(self.folder, self.model, table, (dataset, self._columns(dataset), slots), name)
        with open(self.folder, policy=self._runner.catalog.policy) as fresh:
            wrong = [error for error in fresh.check() if error.where and self.folder / error.where.file == path]
        if wrong:
            path.unlink()
            raise DefinitionErrors(wrong)
        return path

    def _columns(self, dataset: str) -> dict[str, str]:
        """The columns of a dataset's rows and the words of their types; none where there is no such dataset."""
        if dataset not in self.model.datasets:
            return {}
        return dict(self._engine.describe(f"SELECT * FROM {self._runner.catalog.relation(dataset)} AS rows"))

    def close(self) -> None:
        """Let go of the warehouse."""
        self._engine.close()

    def _now(self) -> datetime:
        """The naive UTC now that questions are asked at: the wall's, or where the data ends."""
        wall = self._wall()
        if self.model.workspace.clock == "wall":
            return wall
        end = self._runner.catalog.end_of_data(self.model.workspace.timezone)
        return wall if end is None else min(end, wall)

    def _wall(self) -> datetime:
        return self._clock().replace(second=0, microsecond=0)


def nothing_to_read(opened: Workspace) -> bool:
    """Whether datasets read tables of a warehouse that has none yet, so that `check` looked at definitions alone."""
    return any(one.source for one in opened.model.datasets.values()) and not opened._engine.tables()


def table_shown(opened: Workspace, wanted: CanonicalTable, dataset: str, slots: dict[str, str], name: str = "") -> str:
    """The definitions that `add` would write for a canonical table, which writes nothing."""
    from truenorth.define.add import table_text

    return table_text(opened.model, wanted, (dataset, opened._columns(dataset), slots), name)[1]


def behind(opened: Workspace, query: MetricQuery, at: Sequence[str] = (), part: str = "", most: int = 1000) -> Behind:
    """What lies behind one number: the rows, or the things, of the row of the answer that `at` names."""
    from truenorth.query.behind import behind

    opened._runner.catalog.refresh()
    return behind(opened._runner_of(query), query, opened._now_of(query), at, part, most)


def trying(opened: Workspace, text: str) -> Workspace:
    """The same workspace with one metric more, defined by a text; DefinitionErrors when anything in it is wrong."""
    from truenorth.define.trial import tried

    model, policy = tried(opened.model, text), opened._runner.catalog.policy
    return Workspace(opened.folder, model, opened._engine, opened._clock, policy)


def paths(opened: Workspace, query: MetricQuery) -> Answer:
    """The edges of the paths of a metric of type paths: which node follows which, at most its `top`."""
    from truenorth.query.paths import edges

    opened._runner.catalog.refresh()
    return edges(opened._runner_of(query), query, opened._now_of(query))


def slo_standings(
    opened: Workspace, name: str = "", by: str = ""
) -> tuple[list[Standing], list[tuple[Slo, TrueNorthError]]]:
    """How objectives stand now, all or one, each group of a field by itself; and what is wrong with the others."""
    from truenorth.query.standing import healthy

    return healthy(opened.model, opened.query, slos_of(opened.model, name), (by,) if by else ())


def cost_of(opened: Workspace, metric: str, incident: Span, others: Sequence[Span], where: Sequence[str]) -> Cost:
    """What an incident cost in a metric, in naive times of the workspace's zone, away from `others`."""
    from truenorth.query.cost import cost

    return cost(opened.model, opened.query, metric, incident, others, where)


def timeline(opened: Workspace, of: tuple[str, str], entity: str, most: int = 100, past: int = 0) -> Timeline:
    """The rows of one entity of a dataset in time, the newest first: `of` is the dataset and the entity's field."""
    from truenorth.query.timeline import timeline

    opened._runner.catalog.refresh()
    return timeline(opened._runner.catalog, of, entity, most, past)


def may_see_people(opened: Workspace) -> bool:
    """Whether all that is collected may be seen: nothing of it is hidden by a row filter."""
    from truenorth.define.collected import reads

    return not any(reads(opened.model.datasets[name]) for name in opened._runner.catalog.policy.rows)


def retention(opened: Workspace, query: MetricQuery, buckets: int = 0) -> Matrix:
    """Each cohort of a retention by each bucket, so many of them; 0 for as many as are usual."""
    from truenorth.query.retention import matrix

    opened._runner.catalog.refresh()
    return matrix(opened._runner_of(query), query, opened._now_of(query), buckets)


def gap(opened: Workspace, metric: str, reported: Path | None = None, **how: Unpack[Reporting]) -> Ledger:
    """What another tool reports of a metric beside ours, and which policies and rows the difference comes from.

    `reported` is a CSV of periods and amounts; without one the metric's own `reported:` is taken, and whose it is from
    `reported_by:` where nothing says it; compat="guess" looks for the choices that explain most.
    """
    from truenorth.query.gap import GapQuery, gap
    from truenorth.query.reported import of_file, series

    runner, grain = opened._runner, how.get("grain", "month")
    runner.catalog.refresh()
    counted = grain, opened.model.workspace.week_start, opened.model.fiscal
    own, told = metric_of(opened.model, metric), how.get("policies", {})
    found = of_file(reported, *counted) if reported else series(own.reported.items(), *counted)
    zone = how.get("timezone", "")
    compat = how.get("compat", "") or ("" if reported or told or zone else own.reported_by)
    asked = GapQuery(metric, found, grain, "" if compat == "guess" else compat, told, zone)
    return gap(runner.catalog, asked, opened._now_of(MetricQuery((metric,))))


def members(opened: Workspace, cohort: str, as_of: str = "") -> list[object]:
    """Who is in a cohort as of a day; today where none is named."""
    from truenorth.query.segment import members

    runner, zone = opened._runner, opened.model.workspace.timezone
    runner.catalog.refresh()
    return members(runner.catalog, cohort, as_of, zone, opened._now())


def shown(answer: Answer, form: str) -> str:
    """An answer as a Python prompt ("text") or a notebook ("html") shows it."""
    from truenorth.export.notebook import in_terminal, to_html

    return to_html(answer) if form == "html" else in_terminal(answer)


def question(metrics: Iterable[str | MetricQuery], asked: Asked) -> MetricQuery:
    """The question that words mean."""
    named = list(metrics)
    for one in named:
        if not isinstance(one, str | MetricQuery):
            raise TypeError(f'a metric is named by a text, not {one!r}; write query("revenue", "orders")')
    for word in asked.keys() - Asked.__annotations__.keys():
        raise TypeError(f'a question has no word "{word}"; {did_you_mean(word, Asked.__annotations__)}'.rstrip("; "))
    if len(named) == 1 and isinstance(named[0], MetricQuery):
        return named[0]
    return MetricQuery(
        metrics=tuple(name for text in named if isinstance(text, str) for name in text.replace(",", " ").split()),
        by=listed(asked.get("by", ())),
        grain=asked.get("grain", ""),
        range=asked.get("range", "all"),
        timezone=asked.get("timezone", ""),
        where=conditions(asked.get("where", ())),
        order=listed(asked.get("order", ())),
        limit=asked.get("limit"),
        other=asked.get("other", False),
        vs=asked.get("vs", ""),
        fill=asked.get("fill", ""),
        totals=asked.get("totals", False),
        subtotals=asked.get("subtotals", False),
        having=listed(asked.get("having", ())),
        locale=asked.get("locale", ""),
        currency=asked.get("currency", ""),
        as_of=asked.get("as_of", ""),
    )


def is_statement(model: Model, words: Sequence[object]) -> bool:
    """Whether what was asked is a statement and not names of metrics; a text with an end of line always is."""
    if len(words) != 1 or not isinstance(words[0], str) or not any(map(str.isspace, words[0])):
        return False
    first, *others = (*words[0].replace(",", " ").split(), "")
    return "\n" in words[0] or first not in model.metrics or others == [""]


def beside(query: MetricQuery, asked: Asked) -> MetricQuery:
    """The question of a statement with what stands beside it: a range, a zone, totals, when it was known."""
    words: dict[str, object] = {
        key: value for key, value in asked.items() if key in ("range", "timezone", "totals", "currency", "as_of")
    }
    if left := [key for key in asked if key not in words]:
        hint = "only range, timezone, totals, currency and as_of may stand beside a statement"
        raise QueryError("E_NOT_OFFERED", f'"{left[0]}" is said in the statement itself', hint=hint)
    return structs.replace(query, **words)


def number(value: Value) -> float | None:
    """A value as a float; None for what is no number."""
    return float(value) if isinstance(value, int | float | Decimal) else None
