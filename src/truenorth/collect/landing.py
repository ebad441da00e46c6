"""From staged rows to the table: types decided or taken from the table, rows that fit inserted, the others named."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from truenorth.base.errors import EngineError, SourceError, did_you_mean
from truenorth.collect.declared import told_type
from truenorth.collect.kind import NUMBERS, ROWS, Profile, is_priced, kind_sql, missing, trimmed, without_sign
from truenorth.collect.ledger import MARK
from truenorth.collect.reading import Reading, Type, decided, joined, read_as, type_of
from truenorth.collect.report import ColumnRead, Options
from truenorth.collect.room import NO_ROOM, NOTHING_MADE, Made, Room, make_room
from truenorth.collect.staging import Staged
from truenorth.store.engine import Engine
from truenorth.store.values import quoted

_SAMPLE = 5000


@dataclass(frozen=True, slots=True)
class Landing:
    """Where rows go: into the table as it is (`append`), else into a new one.

    With a `load_id` rows are marked with it. A `lenient` landing lets columns come and go. `room` says which rows of
    the table those that come stand for.
    """

    table: str
    options: Options
    append: bool
    replaced: bool = False
    load_id: int = 0
    lenient: bool = False
    room: Room = NO_ROOM

    @property
    def target(self) -> str:
        return f"main.{quoted(self.table)}"


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a row could not be loaded: the column, the reason, and the value."""

    column: str
    reason: str
    value: str


@dataclass(frozen=True, slots=True)
class Landed:
    """What was loaded, and the rows (counted from 0 in the file) that were not."""

    columns: tuple[ColumnRead, ...]
    loaded: int
    unfit: dict[int, Unfit] = field(default_factory=dict)
    made: Made = NOTHING_MADE
    notes: tuple[str, ...] = ()


def land(engine: Engine, staged: Staged, landing: Landing) -> Landed:
    """Put the staged rows into the table; to be called inside a transaction."""
    if not landing.lenient:
        _check_named(landing.options.types, staged.names)
    held = _held(engine, landing, staged.names) if landing.append else {}
    readings = [_reading(engine, staged, position, landing, held) for position in range(len(staged.names))]
    notes = _prepare(engine, landing, readings, held)
    made = make_room(engine, landing.target, landing.room, readings)
    [(before,)] = engine.rows(f"SELECT count(*) FROM {landing.target}")
    columns = ", ".join(quoted(reading.name) for reading in readings) + (f", {quoted(MARK)}" if landing.load_id else "")
    engine.write(f"INSERT INTO {landing.target} ({columns}) {_fitting(readings, landing.load_id)}")
    [(after,)] = engine.rows(f"SELECT count(*) FROM {landing.target}")
    [(staged_rows,)] = engine.rows(f"SELECT count(*) FROM {ROWS}")
    loaded = int(str(after)) - int(str(before))
    unfit = _unfit(engine, readings) if loaded < int(str(staged_rows)) else {}
    if loaded + len(unfit) != int(str(staged_rows)):
        message = f"{staged_rows} rows were read, but {loaded} loaded and {len(unfit)} rejected: nothing was changed"
        raise EngineError("E_ROWS_DIFFER", message, hint="please report this with the file's first lines")
    told = tuple(ColumnRead(reading.name, str(reading.type), reading.note) for reading in readings)
    return Landed(told, loaded, unfit, made, notes)


def _reading(
    engine: Engine, staged: Staged, position: int, landing: Landing, held: dict[str, tuple[str, Type]]
) -> Reading:
    name = staged.names[position]
    there = held.get(name.casefold())
    if there is not None and landing.lenient and there[1].word == "text" and _is_empty(engine, landing, there[0]):
        # What never held a value was made text for want of any: the first values decide.
        there = None
    if staged.declared:
        return told_type(engine, position, name, staged.declared[position], there)
    words = {name.casefold(): Type(word) for name, word in landing.options.types.items()}
    if staged.typed:
        return _typed(engine, position, name, there, words.get(name.casefold()))
    profile = _profile(engine, position, name)
    return _read(profile, landing.options, there, words.get(name.casefold()), name in staged.strings)


def _check_named(types: dict[str, str], names: tuple[str, ...]) -> None:
    known = {name.casefold() for name in names}
    for name in types:
        if name.casefold() not in known:
            hint = did_you_mean(name, names) or "columns: " + ", ".join(names)
            raise SourceError("E_COLUMN_NOT_FOUND", f'no column "{name}" in the file', hint=hint)


def _is_empty(engine: Engine, landing: Landing, column: str) -> bool:
    return not engine.rows(f"SELECT 1 FROM {landing.target} WHERE {quoted(column)} IS NOT NULL LIMIT 1")


def _held(engine: Engine, landing: Landing, names: tuple[str, ...]) -> dict[str, tuple[str, Type]]:
    """The columns of the table by name in small letters; E_COLUMNS_DIFFER when the file has others."""
    rows = [row for row in engine.rows(f"DESCRIBE {landing.target}") if row[0] != MARK]
    held = {str(row[0]).casefold(): (str(row[0]), type_of(str(row[1]))) for row in rows}
    if landing.lenient or set(held) == {name.casefold() for name in names}:
        return held
    kept = [name for name, _ in held.values()]
    more = [name for name in names if name.casefold() not in held]
    less = [name for name in kept if name.casefold() not in {one.casefold() for one in names}]
    said = [f"{what} {', '.join(some)}" for what, some in (("new:", more), ("missing:", less)) if some]
    message = (
        f'the file has the columns {", ".join(names)}; the table "{landing.table}" has {", ".join(kept)} '
        f"({'; '.join(said)})"
    )
    hint = "import it under another name, or replace the table with --replace"
    raise SourceError("E_COLUMNS_DIFFER", message, hint=hint)


def _profile(engine: Engine, position: int, name: str) -> Profile:
    column = f"c{position}"
    profile = _counted(engine, name, column, f"LIMIT {_SAMPLE}")
    if is_priced(profile.firsts.get("text", (0, ""))[1]):
        bare = _counted(engine, name, column, "", without_sign(column))
        if bare.count(*NUMBERS) * 20 >= bare.filled * 19:
            return bare
    seen_all = sum(profile.counts.values()) < _SAMPLE
    # What is mostly words in its first rows is text, whatever follows; all else is decided over all rows.
    if seen_all or profile.count("text") * 2 >= profile.filled > 0:
        return profile
    return _counted(engine, name, column, "")


def _counted(engine: Engine, name: str, column: str, limit: str, bare: str = "") -> Profile:
    sql = (
        f"SELECT kind, count(*), min(record) + 1, arg_min(value, record), bool_or(spaced) FROM (SELECT record, value, "
        f"spaced, {kind_sql('value')} AS kind FROM (SELECT record, {bare or trimmed(column)} AS value, "
        f"length(value) <> length({column}) AS spaced FROM {ROWS} "
        f"WHERE {column} IS NOT NULL {limit}) AS texts) AS kinds GROUP BY kind"
    )
    counts: dict[str, int] = {}
    firsts: dict[str, tuple[int, str]] = {}
    text = column
    for kind, count, record, value, spaced in engine.rows(sql):
        text = (bare or trimmed(column)) if spaced else text
        counts[str(kind)] = int(str(count))
        firsts[str(kind)] = (int(str(record)), str(value))
    return Profile(name, text, counts, firsts, lambda asked: engine.rows(asked)[0])


def _read(
    profile: Profile, options: Options, held: tuple[str, Type] | None, wanted: Type | None, strings: bool
) -> Reading:
    if held is None and wanted is not None and wanted.word != "decimal":
        return read_as(profile, wanted, options)
    if held is not None and (held[1].word == "text" or held[1].native):
        return replace(read_as(profile, Type("text"), options), name=held[0])
    found = decided(profile, options, strings)
    if held is None:
        if wanted is not None:
            exact = found.type if found.type.word == "decimal" else Type("decimal", 18, 2)
            return read_as(profile, exact, options)
        return found
    target = joined(held[1], found.type) if profile.filled else held[1]
    return replace(read_as(profile, target, options), name=held[0])


def _typed(engine: Engine, position: int, name: str, held: tuple[str, Type] | None, wanted: Type | None) -> Reading:
    """The reading of a column that brings its own type: another type must give the same value back."""
    column = f"c{position}"
    [(_, native)] = [row[:2] for row in engine.rows(f"DESCRIBE SELECT {column} FROM {ROWS}")]
    own = type_of(str(native))
    target = joined(held[1], own) if held else wanted or own
    if target.word == "decimal" and not target.width:
        target = own if own.word == "decimal" else Type("decimal", 18, 2)
    if target == own:
        return Reading(held[0] if held else name, target, column)
    cast = f"try_cast({column} AS {target.sql})"
    same = f"CASE WHEN try_cast({cast} AS {native}) IS NOT DISTINCT FROM {column} THEN {cast} END"
    return Reading(held[0] if held else name, target, same)


def _prepare(
    engine: Engine, landing: Landing, readings: list[Reading], held: dict[str, tuple[str, Type]]
) -> tuple[str, ...]:
    """Make the table, or make it wide enough; what is to say about that."""
    mark = f"{quoted(MARK)} BIGINT"
    if not landing.append:
        columns = [f"{quoted(reading.name)} {reading.type.sql}" for reading in readings]
        columns += [mark] if landing.load_id else []
        engine.write(f"CREATE OR REPLACE TABLE {landing.target} ({', '.join(columns)})")
        return ()
    if landing.load_id:
        engine.write(f"ALTER TABLE {landing.target} ADD COLUMN IF NOT EXISTS {mark}")
    notes = []
    for reading in readings:
        before = held.get(reading.name.casefold())
        if before is None:
            engine.write(f"ALTER TABLE {landing.target} ADD COLUMN {quoted(reading.name)} {reading.type.sql}")
            notes.append(f"new column: {reading.name} (no value in rows that came before)")
        elif reading.type != before[1]:
            alter = f"ALTER TABLE {landing.target} ALTER COLUMN {quoted(reading.name)}"
            engine.write(f"{alter} TYPE {reading.type.sql}")
    less = [name for key, (name, _) in held.items() if key not in {reading.name.casefold() for reading in readings}]
    return (*notes, *([f"missing: {', '.join(less)} (no value in these rows)"] if less else []))


def _fitting(readings: list[Reading], load_id: int = 0) -> str:
    values, tests = [], []
    for position, reading in enumerate(readings):
        values.append(f"{reading.sql or f'c{position}'} AS v{position}")
        if reading.sql and reading.sql != f"c{position}":
            values.append(f"{_missing(f'c{position}', reading)} AS m{position}")
            tests.append(f"(v{position} IS NOT NULL OR m{position})")
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    names = ", ".join(f"v{position}" for position in range(len(readings))) + (f", {load_id}" if load_id else "")
    return f"SELECT {names} FROM (SELECT {', '.join(values)} FROM {ROWS}) AS read{where}"


def _missing(column: str, reading: Reading) -> str:
    if not reading.gaps:
        return f"{column} IS NULL"
    return f"({column} IS NULL OR {missing(trimmed(f'{column}::VARCHAR'))})"


def _unfit(engine: Engine, readings: list[Reading]) -> dict[int, Unfit]:
    found: dict[int, Unfit] = {}
    for position, reading in enumerate(readings):
        column = f"c{position}"
        if not reading.sql or reading.sql == column:
            continue
        sql = (
            f"SELECT record, given FROM (SELECT record, {column}::VARCHAR AS given, {reading.sql} AS value, "
            f"{_missing(column, reading)} AS missing FROM {ROWS}) AS read WHERE value IS NULL AND NOT missing"
        )
        for record, given in engine.rows(sql):
            reason = f'"{str(given)[:200]}" is not {_article(str(reading.type))}'
            before = found.get(int(str(record)))
            columns = f"{before.column}, {reading.name}" if before else reading.name
            reasons = f"{before.reason}; {reason}" if before else reason
            found[int(str(record))] = Unfit(columns, reasons, before.value if before else str(given))
    return found


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
