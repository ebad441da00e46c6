"""Salesforce's CSV exports: one table an object, the newest version of each record, deleted ones left out."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from truenorth.base.errors import SourceError
from truenorth.collect.dialect import dialect_of
from truenorth.collect.ledger import Load
from truenorth.collect.pull.connector import Delivery, Offer, Passed, Place, Wanted
from truenorth.collect.pull.files import Seen, files_of, mark_of, options_of
from truenorth.collect.room import Room
from truenorth.collect.source import source_of

OBJECTS = (
    "Account", "Asset", "Campaign", "CampaignMember", "Case", "Contact", "Contract", "Event", "Lead", "LeadHistory",
    "Opportunity", "OpportunityContactRole", "OpportunityFieldHistory", "OpportunityHistory", "OpportunityLineItem",
    "Order", "OrderItem", "Period", "Pricebook2", "PricebookEntry", "Product2", "Quote", "QuoteLineItem", "RecordType",
    "Task", "User", "UserRole",
)  # fmt: skip
DAYS = ("CloseDate", "ConvertedDate", "StartDate", "EndDate", "ActivityDate", "Birthdate", "PrevCloseDate")
MOMENTS = (
    "CreatedDate", "LastModifiedDate", "SystemModstamp", "LastViewedDate", "LastReferencedDate", "ClosedDate",
    "LastStageChangeDate", "EmailBouncedDate", "FirstRespondedDate", "LastLoginDate",
)  # fmt: skip
MONEY = (
    "Amount", "ExpectedRevenue", "AnnualRevenue", "BudgetedCost", "ActualCost", "TotalPrice", "UnitPrice", "ListPrice",
    "Discount", "Subtotal", "Probability", "Quantity", "TotalOpportunityQuantity", "AmountAllOpportunities",
    "AmountWonOpportunities", "PrevAmount", "TotalAmount", "GrandTotal",
)  # fmt: skip
COUNTS = (
    "NumberOfEmployees", "FiscalYear", "FiscalQuarter", "NumberOfLeads", "NumberOfContacts", "NumberOfOpportunities",
    "NumberOfConvertedLeads", "NumberOfWonOpportunities", "NumberOfResponses", "PushCount",
)  # fmt: skip
WORDS = ("Name", "Phone", "Fax", "MobilePhone", "AccountNumber", "Sic", "NaicsCode", "DunsNumber", "StageName", "Type")
NEWEST = ("SystemModstamp", "LastModifiedDate")
_DAY = re.compile(r"(20\d\d)[-_]?(\d\d)[-_]?(\d\d)")


class Salesforce:
    """The CSV files of a folder, a pattern or a zip; several exports over time are read in their order."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._paths = tuple(files_of(place.folder, place.source.files, (".csv", ".csv.gz", ".zip")))

    def offers(self) -> tuple[Offer, ...]:
        """The objects that were exported."""
        return tuple(Offer(one.there) for one in self.wanted())

    def wanted(self) -> tuple[Wanted, ...]:
        """A table for each object that was exported."""
        prefix = self._place.source.into or self._place.source.name
        objects = sorted({object_of(name) for path in self._paths for name in _members(path)})
        return tuple(Wanted(name, name, f"{prefix}_{snake(name)}") for name in objects)

    def fetch(self, wanted: Wanted, known: tuple[Load, ...], folder: Path, full: bool) -> Iterator[Delivery | Passed]:
        """The object's exports that were not loaded yet, the oldest first.

        After one that came late, those that were made later and left rows out are read again: what they say is deleted
        may be in the late one still.
        """
        late = False
        seen = Seen(known, self._place.folder)
        exports = [(path, name) for path in self._paths for name in _members(path) if object_of(name) == wanted.there]
        for path, name in sorted(exports, key=lambda one: (_exported(*one), str(one))):
            piece = seen.name(path) + (f"/{name}" if path.suffix == ".zip" else "")
            last = seen.last.get(piece)
            again = late and last is not None and left_out(last) > 0
            if last is not None and last.mark == mark_of(path) and not (full or again):
                yield Passed(piece, "unchanged")
                continue
            try:
                found = self._delivery(path, name, piece, None if again else seen, folder)
                late = late or isinstance(found, Delivery)
                yield found
            except SourceError as error:
                yield Passed(piece, str(error), refused=True)

    def close(self) -> None:
        """Nothing is held."""

    def _delivery(self, path: Path, name: str, piece: str, seen: Seen | None, folder: Path) -> Delivery | Passed:
        file = _unpacked(path, name, folder)
        content = source_of(file).sha256
        if seen and content in seen.standing and seen.last.get(piece) and seen.last[piece].sha256 == content:
            return Passed(piece, "unchanged")
        options = options_of(self._place)
        names = dialect_of(file, options).names
        if "Id" not in names:
            return Passed(piece, "it has no column Id: export the object itself, not a report of it", refused=True)
        types = {column: word for column in names if (word := type_of(column))} | options.types
        newest = next((column for column in NEWEST if column in names), "")
        room = Room(keys=("Id",), newest=newest, gone="IsDeleted" if "IsDeleted" in names else "")
        options = replace(options, types=types)
        return Delivery(file, "file", piece, options=options, room=room, sha256=content, mark=mark_of(path))


def left_out(load: Load) -> int:
    """How many rows of an export did not come in: deleted there, or older than what was known."""
    return load.read - load.loaded - load.rejected


def object_of(name: str) -> str:
    """The object that a file's name tells.

    >>> object_of("Opportunity-2026-07-01.csv"), object_of("opportunityhistory.csv"), object_of("Deal__c.csv")
    ('Opportunity', 'OpportunityHistory', 'Deal__c')
    """
    stem = re.sub(r"(\.csv)?(\.gz)?$", "", Path(name).name, flags=re.I)
    word = re.split(r"[-_ .](?=\d)|[- .]", stem, maxsplit=1)[0]
    known = {one.lower(): one for one in OBJECTS}
    plain = word.partition("_")[0] if not word.lower().endswith("__c") else word
    return known.get(word.lower()) or known.get(plain.lower()) or word


def snake(name: str) -> str:
    """A name as tables are named.

    >>> snake("OpportunityHistory"), snake("Deal__c"), snake("Product2")
    ('opportunity_history', 'deal', 'product2')
    """
    plain = re.sub(r"__c$", "", name, flags=re.I)
    return re.sub(r"\W+|_+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain)).strip("_").lower()


def type_of(column: str) -> str:
    """The type of a column that Salesforce names; "" where its values decide."""
    known = {
        **dict.fromkeys(DAYS, "date"),
        **dict.fromkeys(MOMENTS, "timestamptz"),
        **dict.fromkeys(MONEY, "decimal"),
        **dict.fromkeys(COUNTS, "integer"),
        **dict.fromkeys(WORDS, "text"),
    }
    if column in known:
        return known[column]
    if re.fullmatch(r"(Is|Has)[A-Z]\w*", column) and not column.endswith("__c"):
        return "boolean"
    return "text" if re.search(r"(Id|PostalCode)$", column) else ""


def _members(path: Path) -> list[str]:
    """The CSV files that a path holds: itself, or those of a zip."""
    if path.suffix.lower() != ".zip":
        return [path.name]
    try:
        with zipfile.ZipFile(path) as archive:
            return [name for name in archive.namelist() if name.lower().endswith(".csv")]
    except (OSError, zipfile.BadZipFile) as error:
        raise SourceError("E_FILE_UNREADABLE", f'"{path}" is not a zip file', hint="fetch it again") from error


def _unpacked(path: Path, name: str, folder: Path) -> Path:
    if path.suffix.lower() != ".zip":
        return path
    file = folder / "export.csv"
    with zipfile.ZipFile(path) as archive, archive.open(name) as packed, file.open("wb") as out:
        while part := packed.read(1 << 20):
            out.write(part)
    return file


def _exported(path: Path, name: str) -> tuple[str, int]:
    """When an export was made: the day that names tell, then the time of the file."""
    for text in (name, path.name, path.parent.name):
        if found := _DAY.search(text):
            return "-".join(found.groups()), path.stat().st_mtime_ns
    return "", path.stat().st_mtime_ns
