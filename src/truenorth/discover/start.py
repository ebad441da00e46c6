"""From data to a workspace: everything named is brought in, looked at, described, tried, and written down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from msgspec import Struct, structs

from truenorth.base.errors import SourceError, TrueNorthError
from truenorth.base.zone import zone_of
from truenorth.collect.report import Options, check_options
from truenorth.define.files import definition_files
from truenorth.define.load import load
from truenorth.define.model import Model, Source
from truenorth.discover.again import SourcePage, came, keyed, source_page
from truenorth.discover.bring import Brought, bring
from truenorth.discover.compose import composed
from truenorth.discover.database import is_bookkeeping
from truenorth.discover.dbt import seeds, taken_over, warehouse_of
from truenorth.discover.exchange import RATES, quoted
from truenorth.discover.facts import Table, source_sql
from truenorth.discover.home import in_one_currency
from truenorth.discover.key import with_key, without_twins
from truenorth.discover.kind import Recognised, recognised
from truenorth.discover.link import Link, links
from truenorth.discover.made import Made
from truenorth.discover.name import called, is_staging, older_self
from truenorth.discover.origin import Origins, file_sets, origins, reason
from truenorth.discover.plan import priced_by
from truenorth.discover.purchase import purchases
from truenorth.discover.report import FILE, Assumption, Discovery, assumed, counted, found, markdown, unsure
from truenorth.discover.settings import Settings, Wishes, best_first, end_of, ended, main_currency, settings, text_of
from truenorth.discover.shape import between, known_again, needs_time, timed_by, unfolded
from truenorth.discover.subject import Subject, subjects_of
from truenorth.discover.survey import surveyed
from truenorth.discover.trial import LeftOut, tried
from truenorth.discover.word import plain_name, texts
from truenorth.discover.world import Group, World, worth
from truenorth.discover.written import pages
from truenorth.query.catalog import Catalog
from truenorth.store.engine import Engine
from truenorth.store.open import open_engine

OWN_TABLES = texts("loads annotations quarantine identity people series samples minutes histograms check_states")
OURS = {"loads", "quarantine", "identity"}  # a warehouse that holds these is one of ours
HOME = 12
ENOUGH = 10
AS_TOLD = 9.5  # the weight of metrics that were defined before
TIMED_BY_ORDERS = ("order lines", "other")  # kinds of tables whose time may stand with the order they belong to
Told = Callable[[str], None]


class Job(Struct, frozen=True):
    """What is to be done, and what is there already; a `fresh` workspace's truenorth.yml is written by us."""

    folder: Path
    wishes: Wishes
    now: datetime
    told: Told
    there: Model | None
    fresh: bool = True

    @property
    def few(self) -> bool:
        """Whether another tool's definitions say so little that tables are described beside them."""
        return self.fresh and self.there is not None and len(self.there.metrics) < ENOUGH


def start(folder: Path, given: Sequence[str], wishes: Wishes, now: datetime, told: Told) -> Discovery:
    """Make a workspace of a folder, or add to one, from what is named; `told` hears what is being done.

    Raises SourceError E_FOLDER_TAKEN for a folder with other things in it, and E_NO_TABLE where nothing that is named
    can be read; single files that cannot are listed and passed over.
    """
    check_options(Options(dates=wishes.dates, decimal=wishes.decimal))
    if wishes.timezone:
        zone_of(wishes.timezone)
    named = origins(given, folder)
    there = settled_place(folder, named)
    job = Job(folder, wishes, now, told, there, there is None)
    if not given:
        return nothing_yet(job)
    folder.mkdir(parents=True, exist_ok=True)
    if named.dbt:
        named, job = with_projects(named, job)
    brought = bring(folder, named, job.there, wishes, now, told)
    engine = open_engine(brought.warehouse, folder)
    try:
        return described(job, engine, brought)
    finally:
        engine.close()


def settled_place(folder: Path, named: Origins) -> Model | None:
    """The workspace that is there already, None where a new one may be made; else SourceError E_FOLDER_TAKEN."""
    if folder.exists() and not folder.is_dir():
        raise SourceError("E_FOLDER_TAKEN", f'"{folder}" is a file', hint="name a folder")
    if (folder / "truenorth.yml").is_file():
        return load(folder)
    if not folder.is_dir():
        return None
    brought = {path for files in named.files for path in files.files} | set(named.duckdb)
    others = [one for one in sorted(folder.iterdir()) if not one.name.startswith(".") and not _of(one, brought)]
    if others:
        hint = "name a new folder, one that holds a truenorth.yml, or the one where the data itself lies"
        raise SourceError("E_FOLDER_TAKEN", f'"{folder}" holds other files, such as "{others[0].name}"', hint=hint)
    return None


def with_projects(named: Origins, job: Job) -> tuple[Origins, Job]:
    """The projects' metrics taken over, and their tables and seeds beside what else is named."""
    files, databases, notes = named.files, named.duckdb, list(named.unread)
    for project in named.dbt:
        job.told(f"taking over the metrics of {project.name}")
        made, why = taken_over(project, job.folder)
        if made is None:
            notes.append((f"metrics of {project.name}", why))
        else:
            notes += [(f"{one.origin}", f"{one.what}: {one.why}") for one in made.losses]
        path = warehouse_of(project)
        databases = (*databases, path) if path is not None else databases
        files = (*files, *file_sets(seeds(project))) if path is None else files
    alone = len(databases) == 1 and not (files or named.urls or job.there)
    there = load(job.folder) if (job.folder / "truenorth.yml").is_file() else None
    if there is not None and alone and job.there is None:
        head = job.folder / "truenorth.yml"
        head.write_text(head.read_text("utf-8") + f"warehouse: duckdb:{databases[0]}\n", "utf-8")
        there = load(job.folder)
    job = structs.replace(job, there=there)
    return structs.replace(named, files=files, duckdb=databases, unread=tuple(notes)), job


def _of(path: Path, brought: set[Path]) -> bool:
    """Whether a file is, or a folder holds, data that was named."""
    return any(path.resolve() in (one, *one.parents) for one in brought)


def nothing_yet(job: Job) -> Discovery:
    """An empty workspace that works."""
    if job.there is not None:
        return Discovery(job.folder, tuple(job.there.datasets), tuple(job.there.metrics))
    (job.folder / "metrics").mkdir(parents=True, exist_ok=True)
    (job.folder / "truenorth.yml").write_text(text_of(settings(job.folder, job.wishes), job.wishes), "utf-8")
    (job.folder / ".gitignore").write_text(".truenorth/\n", "utf-8")
    return Discovery(job.folder, written=("truenorth.yml",))


def described(job: Job, engine: Engine, brought: Brought) -> Discovery:
    """Look at the tables, describe them, try the description, write it."""
    known = job.there
    held = set(known.datasets) if known is not None else set()
    new = [name for name in brought.tables if job.few or not described_before(known, name)]
    looked = looked_at(engine, new, brought, job.told, held)
    brought = structs.replace(brought, unread=(*brought.unread, *looked.odd))
    if not looked.tables and known is None:
        raise _no_tables(brought)
    if not looked.tables and known is not None:
        return _nothing_new(job, engine, brought, known)
    world = understood(engine, looked.tables, looked.links, job.told)
    brought = structs.replace(brought, sources=tuple(lasting(brought.sources, looked, world)))
    world.taken |= set(known.metrics) if known is not None else set()
    world.ends = end_of(world, job.now)
    said = settings(job.folder, job.wishes, known.workspace if known is not None and not job.fresh else None)
    world.currency = said.currency or main_currency(world)
    composed(world)
    said = structs.replace(
        said,
        currency=world.currency,
        ends=world.ends,
        warehouse=brought.warehouse,
        lines=brought.lines,
    )
    beside = definition_files(job.folder, known.workspace.definitions) if known is not None else ()
    left_out = tried(world, text_of(said, job.wishes), job.now, job.told, tuple(beside))
    made = [(one, group.subject) for group in world.groups.values() for one in group.metrics]
    weights = [(AS_TOLD, name) for name in (known.metrics if known is not None else ())]
    weights += [(worth(one, subject), one.name) for one, subject in made if is_shown(one, subject)]
    said = structs.replace(said, home=best_first(weights, HOME))
    return _kept(job, brought, world, said, left_out)


def is_shown(made: Made, subject: Subject) -> bool:
    """Whether a metric may stand on the first page: a thing of its own, and one that has a time to be shown over."""
    last = made.mappings[-1]
    return bool(last.get("domain")) and bool(subject.time or last.get("time"))


def described_before(known: Model | None, table: str) -> bool:
    """Whether a definition reads a table already, by its name or in a select."""
    written = re.compile(rf'(?<![\w."]){re.escape(source_sql(table))}(?![\w."])')
    datasets = known.datasets.values() if known is not None else ()
    return any(one.source == table or written.search(one.query) for one in datasets)


def _nothing_new(job: Job, engine: Engine, brought: Brought, known: Model) -> Discovery:
    """What is there says it all; a workspace that another tool's definitions made still learns when its data ended."""
    written: tuple[str, ...] = ()
    if job.fresh:
        said = settings(job.folder, job.wishes, known.workspace)
        ends = Catalog(known, engine).end_of_data(said.timezone)
        said = structs.replace(said, warehouse=brought.warehouse, ends=ended(ends, job.now))
        (job.folder / "truenorth.yml").write_text(text_of(said, job.wishes), "utf-8")
        written = ("truenorth.yml",)
    if brought.sources:
        page = source_page(job.folder, brought.sources)
        (job.folder / page.path).write_text(page.text, "utf-8")
        written = (*written, page.path)
    again = tuple(pulled_again(brought, page)) if brought.sources else ()
    one = Discovery(job.folder, tuple(known.datasets), tuple(known.metrics), unread=brought.unread, written=written)
    return structs.replace(one, again=again, once=brought.once)


def _no_tables(brought: Brought) -> SourceError:
    if brought.unread:
        file, why = brought.unread[0]
        return SourceError(
            "E_NO_TABLE", f'nothing could be read; "{file}": {why}', hint="mend it and run the same again"
        )
    return SourceError("E_NO_TABLE", "there is no table in what was named", hint="name a file or database with rows")


@dataclass
class Looked:
    """Every table surveyed, in the shape that it means, with its key; the pointers known by that shape; the tables that
    cannot be looked at, with the reason; and of each table of the warehouse the first that was made of it."""

    tables: list[Table] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    odd: list[tuple[str, str]] = field(default_factory=list)
    firsts: dict[str, Table] = field(default_factory=dict)


def lasting(sources: Sequence[Source], looked: Looked, world: World) -> Iterator[Source]:
    """The sources with the keys that their tables turned out to have."""
    kinds = {one.name: one.kind for one in world.subjects}
    for one in sources:
        table = looked.firsts.get(one.into or one.name)
        yield keyed(one, table, kinds.get(table.name, "") if table is not None else "", world.links)


def looked_at(engine: Engine, names: Sequence[str], brought: Brought, told: Told, held: set[str]) -> Looked:
    """The tables of those names, but for those that are nobody's data."""
    looked = Looked()
    taken: set[str] = set()
    own, nouns = set(brought.tables) >= OURS, called(names)
    for name in names:
        if (own and name in OWN_TABLES) or is_bookkeeping(name) or is_staging(name, [*brought.tables]):
            continue
        if newer := older_self(name, [*brought.tables]):
            why = f"an old copy of {newer}, by its name; to have it too, name it as the source of a dataset"
            looked.odd.append((name, why))
            continue
        told(f"looking at {name}")
        noun = brought.called.get(name) or nouns[name]
        noun = noun if noun not in taken else plain_name(name)
        try:
            parts = shapes(engine, surveyed(engine, name, noun, brought.tables[name]))
        except TrueNorthError as error:
            looked.odd.append((name, reason(error)))
            continue
        free = [one.name if one.name not in taken else f"{noun}_{one.name}" for one in parts]
        free = [one if one not in held else f"{one}_rows" for one in free]
        taken |= set(free)
        parts = [structs.replace(one, name=own) for one, own in zip(parts, free, strict=True)]
        looked.tables += parts
        looked.links += between(parts)
        if parts:
            looked.firsts[name] = parts[0]
    return looked


def shapes(engine: Engine, table: Table) -> list[Table]:
    """The tables that a table means, each with its key; none where it holds nothing."""
    if not table.rows or not table.columns:
        return []
    parts = unfolded(engine, without_twins(engine, with_key(engine, in_one_currency(table))))
    return [*parts, *purchases(engine, parts)]


def understood(engine: Engine, tables: list[Table], shaped: list[Link], told: Told) -> World:
    """What each table is, and what points to what."""
    told("seeing what points to what")
    kinds = {table.name: recognised(table) for table in tables}
    whole = {table.name: table for table in tables}
    pointers = [*shaped, *(one for one in links(engine, tables) if not any(same_way(one, two) for two in shaped))]
    pointers = [one for one in pointers if one.from_ != one.to and not _mirrored(one, pointers, whole)]
    for table in tables:
        link = next((one for one in pointers if one.from_ == table.name and kinds[one.to].kind == "orders"), None)
        if link is not None and needs_time(table) and kinds[table.name].kind in TIMED_BY_ORDERS:
            timed = timed_by(table, link, whole[link.to], "orders")
            again = recognised(timed)
            if kinds[table.name].kind == "order lines" or again.kind in ("payments", "refunds"):
                whole[table.name] = timed
                kinds[table.name] = again if again.kind in ("payments", "refunds") else kinds[table.name]
    for link in pointers:
        if (kinds[link.from_].kind, kinds[link.to].kind) == ("orders", "customers"):
            whole[link.from_] = known_again(whole[link.from_], link, whole[link.to])
        if kinds[link.from_].kind == "subscriptions":
            whole[link.from_] = priced_by(whole[link.from_], link, whole[link.to])
    if not {"orders", "payments"} & {one.kind for one in kinds.values()}:
        kinds |= {name: Recognised("orders", one.score, one.features) for name, one in _lines_alone(kinds, whole)}
    rates = {table.name: one for table in tables if (one := quoted(engine, table)) is not None}
    # One table holds the rates of a workspace.
    rates = dict(sorted(rates.items(), key=lambda pair: -whole[pair[0]].rows)[:1])
    kinds |= {
        name: Recognised(RATES, 10.0, tuple(one.written for one in found.columns)) for name, found in rates.items()
    }
    subjects = subjects_of([(whole[table.name], kinds[table.name]) for table in tables], pointers, rates)
    return World(engine, subjects, pointers)


def _lines_alone(kinds: dict[str, Recognised], whole: dict[str, Table]) -> list[tuple[str, Recognised]]:
    """Lines of orders that have no table of their own: they are all that is known of orders."""
    lines = [(name, one) for name, one in kinds.items() if one.kind == "order lines" and not needs_time(whole[name])]
    return sorted(lines, key=lambda pair: -whole[pair[0]].rows)[:1]


def same_way(one: Link, other: Link) -> bool:
    """Whether two pointers lead from one table to the same other."""
    return (one.from_, one.to) == (other.from_, other.to)


def _mirrored(link: Link, every: Sequence[Link], whole: dict[str, Table]) -> bool:
    """Whether a pointer only mirrors another: two tables with one row each for the same thing point one way."""
    here, there = (link.from_, link.column), (link.to, link.key)
    back = any((one.from_, one.column) == there and (one.to, one.key) == here for one in every)
    return back and (whole[link.from_].rows, link.from_) > (whole[link.to].rows, link.to)


def in_money(group: Group) -> bool:
    """Whether any metric of a group is an amount of money."""
    return any(
        one.get("unit") == "currency" or one.get("template") == "revenue"
        for made in group.metrics
        for one in made.mappings
    )


def pulled_again(brought: Brought, page: SourcePage) -> Iterator[Assumption]:
    """What the next pull takes, with the line that says so."""
    for one in brought.sources:
        yield Assumption(came(one), f"{page.path}:{page.lines[one.name]}")


def _kept(job: Job, brought: Brought, world: World, said: Settings, left_out: list[LeftOut]) -> Discovery:
    """Write the files and the report; files of definitions that are there stay as they are."""
    made = pages(world)
    files = {page.path: page.text for page in made}
    if job.fresh:
        (job.folder / "truenorth.yml").unlink(missing_ok=True)
        files = {"truenorth.yml": text_of(said, job.wishes), ".gitignore": ".truenorth/\n"} | files
    page = source_page(job.folder, brought.sources)
    if brought.sources:
        files[page.path] = page.text
    written = []
    for name, text in files.items():
        place = job.folder / name
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
            written.append(name)
    model = load(job.folder)
    decided = [*map(Assumption, brought.assumed), *assumed(world, made)]
    if job.fresh and not job.wishes.timezone:
        decided.insert(0, Assumption("days begin at midnight UTC", "truenorth.yml:3"))
    if job.fresh and not said.currency and any(map(in_money, world.groups.values())):
        text = "amounts are in USD, as the data names no currency; init --currency says another"
        decided.insert(0, Assumption(text, "truenorth.yml:4"))
    one = Discovery(
        folder=job.folder,
        tables=tuple(model.defined),
        metrics=tuple(model.metrics),
        home=said.home,
        found=(*found(world), *counted(world)),
        assumed=tuple(decided),
        unsure=tuple(unsure(world)),
        unread=brought.unread,
        left_out=tuple(left_out),
        written=tuple(written),
        again=tuple(pulled_again(brought, page)),
        once=brought.once,
    )
    (job.folder / FILE).write_text(markdown(one), "utf-8")
    return one
