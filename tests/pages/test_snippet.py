"""What a page offers to paste elsewhere gives the page's own number."""

from __future__ import annotations

import re
import shlex
from html import unescape
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from truenorth.cli.main import app
from truenorth.query.request import Filter
from truenorth.web.snippet import condition, shell

FILTERS = (
    Filter("plan", ("pro",)),
    Filter("plan", ("pro",), exclude=True),
    Filter("country", (None,)),
    Filter("country", (None,), exclude=True),
    Filter("country", ("DE", None)),
    Filter("country", ("DE", None), exclude=True),
    Filter("country", ("DE", "FR"), exclude=True),
    Filter("country", ('<script>alert("x")</script>', "it's")),
)


@pytest.mark.parametrize("chosen", FILTERS)
def test_a_condition_keeps_the_rows_that_the_filter_keeps(shop: Any, chosen: Filter) -> None:
    filtered = shop.query("revenue", where=chosen).table.rows
    assert shop.query("revenue", where=condition(chosen)).table.rows == filtered
    assert filtered != shop.query("revenue").table.rows


def test_the_command_of_a_page_can_be_run(get: Any, shop: Any, capsys: pytest.CaptureFixture[str]) -> None:
    page = HTMLParser(get("/m/revenue?range=2026-05&grain=month&where=plan:!pro;country:DE,(none)").text)
    command, python = (unescape(node.text()) for node in page.css(".sheet-menu pre code"))
    words = shlex.split(command)
    assert words[:3] == ["truenorth", "query", "revenue"]
    with pytest.raises(SystemExit) as ended:
        app([*words[1:], "--format", "csv", "--workspace", str(shop.folder)])
    assert ended.value.code == 0
    value = capsys.readouterr().out.splitlines()[1].split(",")[1]
    assert page.css_first(".hero .value").attributes["title"] == f"€{float(value):,.2f}"
    asked = eval(re.sub(r"^truenorth\.open\(\)", "shop", python), {"shop": shop})
    assert float(asked.table.rows[0][1]) == float(value)


@pytest.mark.parametrize("word", ["90d", "plan IN ('pro')", 'a "b"', "a $b `c` \\d!", "it's", ""])
def test_a_shell_reads_the_word_that_was_written(word: str) -> None:
    assert shlex.split(shell(word)) == [word]
