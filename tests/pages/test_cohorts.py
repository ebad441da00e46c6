"""The page of cohorts."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from tests.pages.test_balance import billing as billing
from tests.pages.test_balance import rows
from tests.pages.test_balance import visit as visit

Get = Callable[..., httpx.Response]


def test_the_matrix_and_its_proof(visit: Get) -> None:
    page = visit("/cohorts/mrr")
    assert page.status_code == 200
    found = rows(page.text)
    squeezed = [[cell.replace("\u202f", "") for cell in row] for row in found]
    assert ["Jan 2026", "2", "€20.10", "126%", "165%"] in squeezed
    assert ["All, by weight", "3", "", "126%", "165%"] in squeezed
    assert "All cohorts together are Mrr at the end of the data, to the last digit." in page.text
    assert 'class="heat more"' in page.text


def test_by_number_and_by_quarter(visit: Get) -> None:
    counted = [[cell.replace("\u202f", "") for cell in row] for row in rows(visit("/cohorts/mrr?tab=number").text)]
    assert ["Jan 2026", "2", "€20.10", "50%", "100%"] in counted
    assert "Q1 2026" in visit("/cohorts/mrr?grain=quarter").text


def test_its_files_and_what_has_no_cohorts(visit: Get) -> None:
    assert visit("/cohorts/mrr.csv").text.splitlines()[0].startswith("cohort,period,periods_after,complete")
    assert visit("/cohorts/new_mrr").status_code == 404
    assert visit("/cohorts/mr").status_code == 404
    assert visit("/cohorts/bare").status_code == 200
    assert '/cohorts/mrr"' in visit("/m/mrr").text
