"""From files to a workspace: what is found, what is counted, what is said, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import truenorth
from tests.unit.discover.newcomer import NOW, begin, total
from truenorth import workspace
from truenorth.base.errors import SourceError
from truenorth.discover.report import Discovery
from truenorth.discover.settings import Wishes

Make = Callable[..., Discovery]

ORDERS = """OrderID,customerEmail,purchase_date,order_state,Grand Total,vat,ccy,channel,is_test
1,a@x.de,2026-01-05 09:30:00,paid,119.00,19.00,EUR,web,false
2,b@x.de,2026-01-12 18:00:00,cancelled,50.00,8.00,EUR,web,false
3,a@x.de,2026-02-03 10:00:00,shipped,59.50,9.50,EUR,app,false
4,c@x.de,2026-02-04 10:00:00,pending,10.00,1.60,EUR,app,false
5,c@x.de,2026-03-04 10:00:00,paid,11.90,1.90,EUR,web,false
6,d@x.de,2026-03-09 10:00:00,paid,999.00,159.50,EUR,web,true
"""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes files, makes a workspace of them, and gives what was said."""

    def made(wishes: Wishes | None = None, **files: str) -> Discovery:
        data = tmp_path / "data"
        data.mkdir(exist_ok=True)
        for name, text in files.items():
            (data / name.replace("__", ".")).write_text(text, "utf-8")
        return begin(tmp_path / "ws", data, wishes=wishes)

    return made


def test_orders_under_other_names(make: Make) -> None:
    made = make(export__csv=ORDERS)
    assert {"order_count", "revenue", "average_order_value", "buyers"} <= set(made.metrics)
    assert total(made.folder, "order_count") == 3
    assert total(made.folder, "revenue") == Decimal("160.00")
    assert total(made.folder, "total_sales") == Decimal("190.40")
    assert total(made.folder, "buyers") == 2


def test_what_was_decided_is_said_with_its_line(make: Make) -> None:
    made = make(export__csv=ORDERS)
    assert any("paid or shipped" in one.text for one in made.assumed)
    assert any("vat" in one.text for one in made.unsure)
    page = (made.folder / "discovered.md").read_text("utf-8")
    assert "## Assumed" in page and "is_sale" not in page.splitlines()[0]


def test_check_test_and_verify_hold(make: Make) -> None:
    made = make(export__csv=ORDERS)
    with truenorth.open(made.folder, now=NOW) as opened:
        assert opened.check() == ()
        outcomes = opened.test()
        assert outcomes and all(one.passed for one in outcomes)
        assert not opened.verify(samples=3).failures


def test_a_second_run_adds_nothing_and_changes_nothing(make: Make) -> None:
    made = make(export__csv=ORDERS)
    before = {path: path.read_bytes() for path in made.folder.rglob("*.yml")}
    again = make(export__csv=ORDERS)
    assert again.written == ()
    assert {path: path.read_bytes() for path in made.folder.rglob("*.yml")} == before


def test_a_second_run_describes_what_is_new(make: Make) -> None:
    first = make(orders__csv=ORDERS)
    mine = first.folder / "metrics" / "orders.yml"
    mine.write_text(mine.read_text("utf-8") + "# mine\n", "utf-8")
    tickets = "ticket_id,created_at,status,solved_at\n" + "".join(
        f"{n},2026-01-{n:02} 08:00:00,{'solved' if n % 3 else 'open'},{f'2026-01-{n:02} 12:00:00' if n % 3 else ''}\n"
        for n in range(1, 20)
    )
    second = make(orders__csv=ORDERS, tickets__csv=tickets)
    assert "metrics/tickets.yml" in second.written and mine.read_text("utf-8").endswith("# mine\n")
    assert total(second.folder, "tickets_opened") == 19
    assert total(second.folder, "revenue") == Decimal("160.00")


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear", "utf-8")
    (tmp_path / "d.csv").write_text(ORDERS, "utf-8")
    with pytest.raises(SourceError) as caught:
        begin(tmp_path, tmp_path / "d.csv")
    assert caught.value.code == "E_FOLDER_TAKEN"
    assert not (tmp_path / "truenorth.yml").exists()


def test_beside_the_data_itself_is_fine(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    made = begin(tmp_path, tmp_path / "orders.csv")
    assert "revenue" in made.metrics


def test_without_data_there_is_an_empty_workspace(tmp_path: Path) -> None:
    begin(tmp_path / "ws", wishes=Wishes(timezone="Europe/Berlin", currency="EUR"))
    with workspace.open(tmp_path / "ws") as opened:
        assert (opened.model.workspace.timezone, opened.model.workspace.currency) == ("Europe/Berlin", "EUR")
        assert opened.check() == ()


def test_nothing_readable_is_an_error(make: Make) -> None:
    with pytest.raises(SourceError) as caught:
        make(orders__csv="order_id,amount\n")
    assert caught.value.code == "E_NO_TABLE"


def test_what_cannot_be_read_does_not_stop_the_rest(make: Make) -> None:
    odd = "id,day\n1,03/04/2026\n2,05/06/2026\n"
    made = make(orders__csv=ORDERS, visits__csv=odd)
    assert "revenue" in made.metrics
    [(file, why)] = made.unread
    assert file == "visits.csv" and "--dates" in why


def test_data_without_any_date_says_so_and_is_counted_as_it_stands(make: Make) -> None:
    people = "".join(f"{at},p{at}@x.example,{'pro' if at % 4 else 'free'}\n" for at in range(40))
    shelves = "".join(f"{at},shelf {at}\n" for at in range(12))
    made = make(customers__csv=f"customer_id,email,plan\n{people}", shelves__csv=f"shelf_id,shelf\n{shelves}")
    assert any("no table has a column of dates" in one.text for one in made.unsure)
    assert "no table has a column of dates" in (made.folder / "discovered.md").read_text("utf-8")
    assert (total(made.folder, "customers_known"), total(made.folder, "shelves_count"), made.home) == (40, 12, ())
