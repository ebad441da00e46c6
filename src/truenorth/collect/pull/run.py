"""Pulling sources, one after the other: what cannot be read is said and written down, and the others go on."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from truenorth.base.errors import EngineError, SourceError, TrueNorthError, did_you_mean
from truenorth.collect import ledger
from truenorth.collect.declared import OutgrownTable
from truenorth.collect.ledger import Load
from truenorth.collect.pull.connector import Connector, Delivery, Wanted
from truenorth.collect.pull.load import Job, load, pass_over
from truenorth.collect.pull.lock import FOLDER, alone
from truenorth.collect.pull.open import open_connector, place_of
from truenorth.collect.pull.report import PieceReport, PullReport, TableReport
from truenorth.collect.pull.schedule import note
from truenorth.collect.pull.secret import password_of, without_secret
from truenorth.define.model import Model, Source
from truenorth.define.schedule import schedule_of
from truenorth.store.engine import Engine
from truenorth.store.tables import TABLES

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pull:
    """A workspace to pull into: its definitions, its warehouse, its clock, and who is told how far it is."""

    engine: Engine
    folder: Path
    model: Model
    clock: Callable[[], datetime]
    tell: Tell = lambda _: None

    def sources(self, names: Sequence[str] = (), full: bool = False) -> PullReport:
        """Pull the named sources, or all; SourceError E_NO_SOURCE when there is none of a name.

        With `full` everything is read anew, whatever the ledger knows.
        """
        if not (self.engine.abilities.files and self.engine.abilities.transactions):
            hint = "use DuckDB as the warehouse, or load the tables with the engine's own means"
            raise EngineError("E_ENGINE_NO_FILES", "this engine cannot be pulled into", hint=hint)
        known = self.model.sources
        for name in names:
            if name not in known:
                hint = did_you_mean(name, known) or _there_are(known)
                raise SourceError("E_NO_SOURCE", f'no source named "{name}"', hint=hint)
        if not known:
            hint = 'define one: sources: [{name: till, type: files, files: "till-*.csv"}]'
            raise SourceError("E_NO_SOURCE", "no source is defined", hint=hint)
        reports: list[TableReport] = []
        for name in names or known:
            reports += self._source(known[name], full)
        return PullReport(tuple(reports))

    def _source(self, source: Source, full: bool) -> list[TableReport]:
        try:
            with alone(self.folder, source.name):
                begun = self.clock()
                reports = self._alone(source, full)
                note(self.folder, source.name, begun, any(report.error for report in reports))
                return reports
        except TrueNorthError as error:
            return [TableReport(source.name, source.name, error=str(error))]

    def _alone(self, source: Source, full: bool) -> list[TableReport]:
        reports: list[TableReport] = []
        _clear(self.folder, source.name)
        try:
            place = place_of(source, self.folder, self.model.workspace.timezone)
            with closing(open_connector(place)) as connector:
                for wanted in connector.wanted():
                    reports.append(self._table(connector, source, wanted, full))
            self._well_again(source.name, "")
        except TrueNorthError as error:
            failed = self._failed(source, "", error)
            reports.append(replace(failed, table=source.name))
        return reports

    def _table(self, connector: Connector, source: Source, wanted: Wanted, full: bool) -> TableReport:
        begun = time.monotonic()
        spelled = next((name for name in self.engine.tables() if name.lower() == wanted.into.lower()), wanted.into)
        job = Job(self.engine, self.folder, source.name, spelled, self.clock)
        pieces: list[PieceReport] = []
        failure = ""
        try:
            known = self._known(job, full)
            anew = full and job.there and not any(ledger.stands(one) for one in known)
            job = dataclasses.replace(job, anew=anew)
            with _scratch(self.folder, source.name) as scratch:
                try:
                    self._pieces(connector, wanted, job, (known, scratch, full), pieces)
                except OutgrownTable as grown:
                    self.tell(f"{source.name}.{wanted.name}: {grown} has outgrown its column, read anew")
                    pieces.clear()
                    self._pieces(connector, wanted, job, ((), scratch, True), pieces)
            if not any(piece.load_id for piece in pieces):
                self._well_again(source.name, job.table)
        except TrueNorthError as error:
            failure = self._failed(source, job.table, error).error
        except OSError as error:
            said = SourceError("E_FILE_NOT_WRITTEN", f"{error.strerror or error}", hint="see whether the disk is full")
            failure = self._failed(source, job.table, said).error
        return TableReport(source.name, job.table, tuple(pieces), failure, time.monotonic() - begun)

    def _known(self, job: Job, full: bool) -> tuple[Load, ...]:
        """The loads that this source made of a table; E_TABLE_TAKEN when something else filled it."""
        if job.table.lower() in (ledger.TABLE, *TABLES):
            message = f'"{job.table}" is a table of truenorth itself'
            raise SourceError("E_TABLE_TAKEN", message, hint="name another with into: …")
        if not job.there:
            return ()
        known = ledger.loads(self.engine, job.table, job.source)
        if not any(ledger.stands(one) for one in known) and not full:
            message = f'there is a table "{job.table}" already, which "{job.source}" did not fill'
            hint = f"name another with into: …, or replace it: truenorth pull {job.source} --full"
            raise SourceError("E_TABLE_TAKEN", message, hint=hint)
        return known

    def _pieces(
        self,
        connector: Connector,
        wanted: Wanted,
        job: Job,
        state: tuple[tuple[Load, ...], Path, bool],
        pieces: list[PieceReport],
    ) -> None:
        known, scratch, full = state
        full = full or full_is_due(wanted.full, known, job.clock())
        since = next((one.cursor for one in known if one.cursor), "")
        self.tell(f"{job.source}: reading {wanted.name}")
        for part in connector.fetch(wanted, known, scratch, full):
            if not isinstance(part, Delivery):
                pieces.append(pass_over(job, part))
                continue
            self.tell(f"{job.source}: loading {part.piece}")
            try:
                pieces.append(load(job, part, "" if part.kind == "whole" else since))
                job = dataclasses.replace(job, anew=False)
                if part.cursor:
                    newest = ledger.loads(job.engine, job.table, job.source)
                    since = next((one.cursor for one in newest if one.cursor), since)
            except SourceError as error:
                if part.kind != "file":
                    raise
                pieces.append(PieceReport(part.piece, "refused", part.kind, notes=(str(error),), cause=error))
            if part.file.is_relative_to(scratch):
                part.file.unlink(missing_ok=True)

    def _failed(self, source: Source, table: str, error: TrueNorthError) -> TableReport:
        """A failure as a report and, where the warehouse can be written, as a line of the ledger."""
        secret = password_of(source, self.folder) if error.code not in ("E_SECRETS_READABLE",) else ""
        told = without_secret(str(error), secret)
        self._line(Load(table, source=source.name, kind="failed", error=told))
        return TableReport(source.name, table, error=told)

    def _well_again(self, source: str, table: str) -> None:
        """A pull that brought nothing takes back what the ledger says of one that failed before."""
        last = next((one for one in ledger.loads(self.engine, source=source) if one.table == table), None)
        if last is not None and last.kind == "failed":
            self._line(Load(table, source=source, kind="same"))

    def _line(self, line: Load) -> None:
        """A line without rows; a warehouse that cannot be written now goes without it."""
        now = self.clock()
        with suppress(TrueNorthError), self.engine.transaction(ledger.TABLE):
            ledger.write_down(self.engine, replace(line, started_at=now, loaded_at=now))


def full_is_due(full: str, known: Sequence[Load], now: datetime) -> bool:
    """Whether a table that is otherwise read by its changes is to be read whole again."""
    last = next((one for one in known if one.kind == "whole"), None)
    return bool(full and last and schedule_of(full).next(last.started_at or last.loaded_at) <= now)


def _there_are(known: dict[str, Source]) -> str:
    return f"there are {', '.join(known)}" if known else "define it under sources:"


@contextmanager
def _scratch(folder: Path, source: str) -> Iterator[Path]:
    """A folder beside the warehouse for what is fetched: a disk's temporary folder may be small."""
    with tempfile.TemporaryDirectory(prefix=f"{source}-", dir=folder / FOLDER) as scratch:
        yield Path(scratch)


def _clear(folder: Path, source: str) -> None:
    """Take away what a pull that was killed left behind."""
    for left in (folder / FOLDER).glob(f"{source}-*"):
        shutil.rmtree(left, ignore_errors=True)
