"""Exports of other products: Salesforce's objects, newest version of each record; GA4's events, restated day by day."""

from __future__ import annotations

import io
import json
import os
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from truenorth.collect.pull.ga4 import days_of
from truenorth.collect.pull.salesforce import object_of, snake, type_of

Well = Any
HEAD = "Id,AccountId,Name,Amount,CloseDate,Probability,IsWon,IsDeleted,CreatedDate,SystemModstamp\n"


def deal(number: int, amount: str = "100.5", gone: str = "false", stamp: str = "2026-01-02T10:00:00.000+0000") -> str:
    return f"006{number},0010,Deal {number},{amount},2026-03-31,10,true,{gone},2026-01-01T09:00:00.000Z,{stamp}\n"


def test_objects_are_typed_by_what_salesforce_calls_its_columns(well: Well) -> None:
    well.define("name: crm, type: salesforce, files: exports")
    well.file("exports/Opportunity.csv", HEAD + deal(1) + deal(2, "", "true"))
    well.file("exports/Account.csv", "Id,Name,BillingPostalCode,AnnualRevenue\n0010,007,01234,1000000\n")
    report = well.all()
    assert [(table.table, table.loaded, table.failed) for table in report.tables] == [
        ("crm_account", 1, False),
        ("crm_opportunity", 1, False),
    ]
    assert report.tables[1].pieces[0].notes == ("1 row left out: deleted there",)
    assert well.rows("SELECT Id, Amount, CloseDate, IsWon, CreatedDate, SystemModstamp FROM crm_opportunity") == [
        ("0061", Decimal("100.50"), date(2026, 3, 31), True, datetime(2026, 1, 1, 9), datetime(2026, 1, 2, 10))
    ]
    assert well.rows("SELECT Name, BillingPostalCode FROM crm_account") == [("007", "01234")]


def test_of_several_exports_the_newest_version_stays(well: Well) -> None:
    well.define("name: crm, type: salesforce, files: exports")
    well.file("exports/Opportunity-2026-02-01.csv", HEAD + deal(1, "1") + deal(2, "2") + deal(3, "3"))
    well.pull()
    later = "2026-02-05T10:00:00.000+0000"
    well.file("exports/Opportunity-2026-03-01.csv", HEAD + deal(1, "10", stamp=later) + deal(2, "2", "true", later))
    well.file("exports/Opportunity-2026-01-01.csv", HEAD + deal(1, "0.5", stamp="2025-12-31T10:00:00.000Z"))
    report = well.pull()
    assert [(piece.piece.rpartition("/")[2], piece.state) for piece in report.pieces] == [
        ("Opportunity-2026-01-01.csv", "loaded"),
        ("Opportunity-2026-02-01.csv", "unchanged"),
        ("Opportunity-2026-03-01.csv", "loaded"),
    ]
    assert well.rows("SELECT Id, Amount FROM crm_opportunity ORDER BY Id") == [("0061", 10), ("0063", 3)]
    assert all(piece.state == "unchanged" for piece in well.pull().pieces)


def test_what_was_deleted_does_not_come_back_with_an_older_export(well: Well) -> None:
    well.define("name: crm, type: salesforce, files: exports")
    later = "2026-02-05T10:00:00.000+0000"
    well.file("exports/Opportunity-2026-03-01.csv", HEAD + deal(1, "10", stamp=later) + deal(2, "2", "true", later))
    well.pull()
    well.file("exports/Opportunity-2026-01-01.csv", HEAD + deal(1, "1") + deal(2, "2") + deal(3, "3"))
    report = well.pull()
    assert [piece.state for piece in report.pieces] == ["loaded", "loaded"]
    assert well.rows("SELECT Id, Amount FROM crm_opportunity ORDER BY Id") == [("0061", 10), ("0063", 3)]
    assert [piece.state for piece in well.pull().pieces] == ["unchanged", "unchanged"]


def test_a_record_twice_in_one_export(well: Well) -> None:
    well.define("name: crm, type: salesforce, files: exports, into: sf")
    later = "2026-02-05T10:00:00.000+0000"
    well.file("exports/opportunity.csv", HEAD + deal(1, "5", stamp=later) + deal(1, "4"))
    assert well.pull().pieces[0].left_out == 1
    assert well.rows("SELECT Amount FROM sf_opportunity") == [(5,)]


def test_a_zip_of_objects(well: Well) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Opportunity.csv", HEAD + deal(1))
        archive.writestr("Campaign.csv", "Id,Name,StartDate,ActualCost\n701,Spring,2026-03-01,12.5\n")
    well.define("name: crm, type: salesforce, files: WE_1.zip")
    well.file("WE_1.zip", packed.getvalue())
    assert [table.loaded for table in well.all().tables] == [1, 1]
    assert well.rows("SELECT StartDate, ActualCost FROM crm_campaign") == [(date(2026, 3, 1), Decimal("12.50"))]
    assert [table.loaded for table in well.all().tables] == [0, 0]


def test_a_report_is_no_export(well: Well) -> None:
    well.define("name: crm, type: salesforce, files: exports")
    well.file("exports/Opportunity.csv", "Opportunity Name,Amount\nA,1\n")
    report = well.pull()
    assert report.failed and "not a report" in report.pieces[0].notes[0]
    well.file("exports/Bad.zip", b"no zip")
    assert "E_FILE_UNREADABLE" in well.all().tables[0].error


@pytest.mark.parametrize(
    ("name", "object_", "table"),
    [
        ("Opportunity.csv", "Opportunity", "opportunity"),
        ("OpportunityHistory_20260701.csv", "OpportunityHistory", "opportunity_history"),
        ("lead-2026-07-01.csv.gz", "Lead", "lead"),
        ("Account (1).csv", "Account", "account"),
        ("My_Deal__c.csv", "My_Deal__c", "my_deal"),
        ("Product2.csv", "Product2", "product2"),
    ],
)
def test_what_a_file_is_of(name: str, object_: str, table: str) -> None:
    assert (object_of(name), snake(object_of(name))) == (object_, table)


def test_what_a_column_is() -> None:
    columns = ("OwnerId", "Amount", "CloseDate", "CreatedDate", "IsWon", "FiscalYear", "Is_It__c", "Region__c")
    assert [type_of(name) for name in columns] == [
        "text",
        "decimal",
        "date",
        "timestamptz",
        "boolean",
        "integer",
        "",
        "",
    ]


# GA4


def event(name: str, moment: str, **parameters: Any) -> dict[str, Any]:
    """An event as BigQuery writes it into JSON lines: whole numbers in quotes."""
    listed = []
    for key, value in parameters.items():
        kind = {int: "int_value", float: "double_value"}.get(type(value), "string_value")
        listed.append({"key": key, "value": {kind: str(value) if kind == "int_value" else value}})
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return {
        "event_date": f"{at:%Y%m%d}",
        "event_timestamp": str(int(at.timestamp()) * 1_000_000 + at.microsecond),
        "event_name": name,
        "event_params": listed,
        "user_pseudo_id": "u.1",
        "device": {"category": "mobile", "operating_system": "iOS", "web_info": {"browser": "Safari"}},
        "geo": {"country": "Germany"},
        "traffic_source": {"source": "google", "medium": "cpc", "name": "spring"},
        "items": [],
    }


def lines(*events: dict[str, Any]) -> str:
    return "".join(json.dumps(one) + "\n" for one in events)


VIEW = event("page_view", "2026-06-01T10:00:00.123456", ga_session_id=17, page_location="https://x/?a", value=1.5)
BUY = event("purchase", "2026-06-01T11:00:00", ga_session_id=17, value=20, session_engaged="1", transaction_id="T1")


def written(path: Path, day: str) -> None:
    """Make a file as old as a day."""
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))


def test_events_become_rows_with_their_parameters(well: Well) -> None:
    well.define("name: web, type: ga4, files: ga, into: web_events")
    well.file("ga/events_20260601.json", lines(VIEW, BUY))
    assert (well.pull().loaded, well.pull().loaded) == (2, 0)
    [one, two] = well.rows(
        "SELECT event_date, event_timestamp, event_name, ga_session_id, page_location, value, session_engaged, "
        "transaction_id, device_category, browser, country, first_user_campaign, event_params FROM web_events "
        "ORDER BY event_timestamp"
    )
    assert one[:7] == (
        date(2026, 6, 1),
        datetime(2026, 6, 1, 10, 0, 0, 123456),
        "page_view",
        17,
        "https://x/?a",
        1.5,
        None,
    )
    assert one[8:12] == ("mobile", "Safari", "Germany", "spring")
    assert json.loads(one[12]) == {"ga_session_id": 17, "page_location": "https://x/?a", "value": 1.5}
    assert two[5:8] == (20.0, "1", "T1")


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_parquet_file_gives_the_same_rows(well: Well, wrapped: bool) -> None:
    well.define("name: web, type: ga4, files: ga")
    source = well.file("lines.json", lines(VIEW, BUY))
    (well.folder / "ga").mkdir()
    value = "STRUCT(string_value VARCHAR, int_value BIGINT, float_value DOUBLE, double_value DOUBLE)"
    shape = f"STRUCT(key VARCHAR, value {value})[]"
    params = "event_params"
    if wrapped:
        params = "{'list': list_transform(event_params, lambda one: {'element': one})} AS event_params"
    well.engine.write(
        f"COPY (SELECT event_date, event_timestamp::BIGINT AS event_timestamp, event_name, {params}, user_pseudo_id, device "
        f"FROM read_json('{source}', columns = {{event_date: 'VARCHAR', event_timestamp: 'VARCHAR', event_name: 'VARCHAR', "
        f"event_params: '{shape}', user_pseudo_id: 'VARCHAR', device: 'STRUCT(category VARCHAR)'}})) "
        f"TO '{well.folder}/ga/events_20260601-000000000000.parquet'"
    )
    assert well.pull().loaded == 2
    assert well.rows("SELECT event_name, ga_session_id, value, browser FROM web ORDER BY 1") == [
        ("page_view", 17, 1.5, None),
        ("purchase", 17, 20.0, None),
    ]


def test_a_day_in_the_making_is_replaced_by_the_final_one(well: Well) -> None:
    well.define("name: web, type: ga4, files: ga")
    making = well.file("ga/events_intraday_20260601.json", lines(VIEW))
    well.pull()
    written(well.file("ga/events_intraday_20260601.json", lines(VIEW, VIEW)), "2026-09-01")
    assert well.pull().replaced == 1
    written(well.file("ga/events_20260601.json", lines(VIEW, BUY, BUY)), "2026-09-01")
    report = well.pull()
    assert (report.loaded, report.replaced) == (3, 2)
    (well.folder / "ga" / "events_20260601.json").unlink()
    making.touch()
    assert well.pull().loaded == 0
    assert well.rows("SELECT count(*) FROM web") == [(3,)]


def test_a_day_is_restated_within_the_window_only(well: Well) -> None:
    well.define("name: web, type: ga4, files: ga")
    written(well.file("ga/events_20260601.json", lines(VIEW)), "2026-06-02")
    written(well.file("ga/events_20260602.json", lines(VIEW)), "2026-06-03")
    well.pull()
    written(well.file("ga/events_20260601.json", lines(VIEW, BUY)), "2026-06-04")
    report = well.pull()
    assert (report.loaded, report.replaced) == (2, 1)
    written(well.file("ga/events_20260601.json", lines(VIEW, BUY, BUY)), "2026-06-08")
    report = well.pull()
    assert report.failed and "written again 7 days after the day" in report.pieces[0].notes[0]
    assert well.rows("SELECT count(*) FROM web") == [(3,)]
    assert well.pull(full=True).loaded == 4
    assert well.rows("SELECT count(*) FROM web") == [(4,)]


def test_several_files_of_a_day_are_one_piece(well: Well) -> None:
    well.define("name: web, type: ga4, files: ga")
    well.file("ga/events_20260601-000.json", lines(VIEW))
    well.file("ga/events_20260601-001.json", lines(BUY))
    assert [(piece.piece, piece.loaded) for piece in well.pull().pieces] == [("2026-06-01", 2)]


def test_files_that_are_no_export_are_refused(well: Well) -> None:
    well.define("name: web, type: ga4, files: ga")
    well.file("ga/orders.json", "{}\n")
    well.file("ga/events_20260601.json", "{\n")
    well.file("ga/events_20260602.json", lines(VIEW))
    report = well.pull()
    assert [(piece.piece, piece.state) for piece in report.pieces] == [
        ("orders.json", "refused"),
        ("2026-06-01", "refused"),
        ("2026-06-02", "loaded"),
    ]


def test_days_that_are_none_are_passed_over() -> None:
    assert days_of([Path("events_20261301.json")]) == []
