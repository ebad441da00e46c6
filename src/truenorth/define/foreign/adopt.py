"""Adopting another tool's definitions: read, carried over, tried, and written as files of our own."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truenorth.base.errors import DefinitionError, DefinitionErrors, Place, TrueNorthError
from truenorth.define.check import raise_all
from truenorth.define.files import WORKSPACE_FILE
from truenorth.define.foreign import ossie
from truenorth.define.foreign.item import Carried, Item, Loss
from truenorth.define.foreign.metrics import MetricCarrier
from truenorth.define.foreign.parts import QUOTED
from truenorth.define.foreign.rows import carry_rows
from truenorth.define.foreign.slo.carry import carry as carry_slos
from truenorth.define.foreign.source import Sources, read_all
from truenorth.define.foreign.written import File, files, flow
from truenorth.define.keys import KEYS
from truenorth.define.load import load

FOLDER = "metrics"
MOST_ROUNDS = 50


@dataclass(slots=True)
class Adoption:
    """What was read, what was made of it, what was left behind, and the files."""

    spellings: dict[str, int]
    files: list[File]
    items: list[Item]
    losses: list[Loss]
    stated: dict[str, int]
    written: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    workspace: dict[str, Any] = field(default_factory=dict)

    def count(self, kind: str) -> int:
        """How many definitions of a kind there are."""
        return sum(one.kind == kind for one in self.items)


def adopted(path: str | Path) -> Adoption:
    """The definitions at a path as files of ours, not written yet; they load and pass the check of definitions."""
    sources = read_all(Path(path))
    raise_all(sources.errors)
    carried = carry(sources)
    raise_all(sources.errors)
    made = settle(carried)
    losses = sorted(carried.losses, key=lambda one: (one.origin.file, one.origin.line, one.code))
    return Adoption(sources.spellings, made, carried.items, losses, carried.stated, workspace=carried.workspace)


def asked_by(text: str) -> str:
    """What a saved query groups by, as a question of ours names it.

    >>> asked_by("TimeDimension('metric_time', 'month')"), asked_by("Dimension('customer__region')")
    ('metric_time__month', 'customer.region')
    """
    named: list[str] = QUOTED.findall(text) or [text.strip()]
    if "TimeDimension" in text or named[0].startswith("metric_time"):
        path, _, grain = named[0].partition("__") if named[0].startswith("metric_time") else (named[0], "", "")
        return "__".join(filter(None, (path.replace("__", "."), grain or "".join(named[1:2]))))
    return named[0].replace("__", ".")


def carry(sources: Sources) -> Carried:
    """Everything carried over."""
    carried = Carried()
    carry_rows(sources.project, carried)
    MetricCarrier(sources.project, carried).carry()
    for document in sources.ossie:
        ossie.carry(document, carried)
    carry_slos(sources.slos, carried, sources.errors)
    for saved in sources.project.saved_queries:
        by = ",".join(filter(None, map(asked_by, saved.group_by)))
        said = " ".join(("ask it as truenorth query", *saved.metrics, *([f"--by {by}"] if by else [])))
        said += " with its conditions as --where" if saved.where else ""
        carried.lose("SAVED_QUERY_DROPPED", saved.name, f"questions are not part of definitions; {said}", saved.place)
    return carried


def settle(carried: Carried) -> list[File]:
    """The files, with every definition left out that would not load, and told as lost."""
    once(carried)
    for _ in range(MOST_ROUNDS):
        made = files(carried.items, FOLDER)
        wrong = tried(made)
        if not wrong or not leave_out(carried, made, wrong):
            return made
    return files(carried.items, FOLDER)


def once(carried: Carried) -> None:
    """Each name once: the first definition stays."""
    seen: dict[tuple[str, str], Item] = {}
    for item in carried.items:
        first = seen.setdefault((item.kind, item.name), item)
        if first is not item:
            why = f"there is another {item.kind} of that name, first in {first.origin}"
            carried.lose("NAME_COLLISION", item.name, why, item.origin)
    carried.items = list(seen.values())


def tried(made: list[File]) -> list[DefinitionError]:
    """What is wrong with the files when they are loaded by themselves."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / WORKSPACE_FILE).write_text("version: 1\nname: adopted\n", "utf-8")
        for file in made:
            place = root / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(file.text, "utf-8")
        try:
            load(root)
        except DefinitionErrors as errors:
            return [error for error in errors.errors if isinstance(error, DefinitionError)]
    return []


def leave_out(carried: Carried, made: list[File], wrong: list[DefinitionError]) -> bool:
    """Takes out the definitions (or fields) that the errors are about; whether any was found."""
    by_path = {file.path: file for file in made}
    gone: dict[int, DefinitionError] = {}
    for error in wrong:
        place = error.where or Place("")
        item = by_path[place.file].item_at(place.line) if place.file in by_path else None
        if item is not None and not without_field(carried, item, error, by_path[place.file]):
            gone.setdefault(id(item), error)
    for item in carried.items:
        if id(item) in gone:
            reason = gone[id(item)]
            code = f"{item.kind.upper()}_DROPPED"
            carried.lose(code, item.name, f"{reason.message} ({reason.code})", item.origin)
    before = len(carried.items)
    carried.items = [one for one in carried.items if id(one) not in gone]
    return len(carried.items) < before or not gone


def without_field(carried: Carried, item: Item, error: DefinitionError, file: File) -> bool:
    """Takes a field out of a dataset, when the error is about one."""
    if item.kind != "dataset" or error.where is None:
        return False
    line = file.text.splitlines()[error.where.line - 1]
    found = re.match(r"\s+- \{?name: \"?([^,}\"]+)", line)
    fields = item.keys.get("fields", [])
    lost = [one for one in fields if found and str(one["name"]) == found[1] and found[1] != item.name]
    if not lost:
        return False
    item.keys["fields"] = [one for one in fields if one not in lost]
    carried.lose("FIELD_DROPPED", f"{item.name}.{lost[0]['name']}", f"{error.message} ({error.code})", item.origin)
    return True


def write(adoption: Adoption, folder: Path, *, replace: bool = False) -> None:
    """Writes the files into a workspace folder; nothing is overwritten unless that was asked for."""
    texts = {folder / file.path: file.text for file in adoption.files}
    workspace = folder / WORKSPACE_FILE
    if not workspace.exists():
        texts = {workspace: workspace_text(adoption, folder), **texts}
    there = [place for place, text in texts.items() if place.exists() and held(place) != text]
    if there and not replace:
        errors = [
            DefinitionError(
                "E_FILE_EXISTS",
                f'"{place.relative_to(folder)}" exists already and says something else',
                hint="name another folder with --into, or write --replace",
            )
            for place in there
        ]
        raise DefinitionErrors(errors)
    before = {place: held(place) for place in texts}
    try:
        for place, text in texts.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
        load(folder)
    except (TrueNorthError, OSError):
        put_back(before)
        raise
    adoption.written = [place.relative_to(folder).as_posix() for place in texts if place not in there]
    adoption.replaced = [place.relative_to(folder).as_posix() for place in there]


def held(place: Path) -> str | None:
    """What a file holds, if it is there."""
    try:
        return place.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def put_back(before: dict[Path, str | None]) -> None:
    """Files as they were."""
    for place, text in before.items():
        if text is None:
            place.unlink(missing_ok=True)
        else:
            place.write_text(text, "utf-8")


def workspace_text(adoption: Adoption, folder: Path) -> str:
    """A truenorth.yml, with the choices that travelled along."""
    kept = {key: value for key, value in adoption.workspace.items() if key in KEYS["workspace"]}
    keys = {"version": 1, "name": name_of(folder), **kept}
    keys.pop("definitions", None)
    return "".join(f"{key}: {flow(value, top=True)}\n" for key, value in keys.items())


def name_of(folder: Path) -> str:
    """A name for a workspace, by its folder."""
    words = re.sub(r"[^\w]+", " ", folder.resolve().name).strip()
    return words.capitalize() or "Metrics"
