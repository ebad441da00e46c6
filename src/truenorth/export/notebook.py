"""An answer in a notebook: its chart and its table in one piece of HTML that needs nothing else, light and dark."""

from __future__ import annotations

from dataclasses import fields, replace
from html import escape

from truenorth.base.errors import TrueNorthError
from truenorth.base.table import Column, Row, Table
from truenorth.chart.theme import DARK, LIGHT, Theme
from truenorth.export.cell import cells, heading, is_right, remarks, seen, totals_row
from truenorth.export.picture import to_svg
from truenorth.export.text import to_text
from truenorth.query.answer import Answer

MOST_ROWS = 50
PREFIX = "--tn-"
# Notebooks say in their own ways that they are dark; those that say nothing follow the system.
SAYS_LIGHT = '[data-jp-theme-light="true"], .vscode-light'
SAYS_DARK = '[data-jp-theme-light="false"], .vscode-dark, .vscode-high-contrast:not(.vscode-high-contrast-light)'
NAME = "truenorth-answer"
RULES = """
.{name}{{background:var({prefix}paper);color:var({prefix}ink);border:1px solid var({prefix}line);border-radius:8px;
padding:12px 16px;max-width:972px;font:14px/1.45 system-ui,sans-serif;overflow-x:auto}}
.{name} .rows{{max-height:26em;overflow:auto}}
.{name} svg{{max-width:100%;height:auto;display:block}}
.{name} table{{border-collapse:collapse;margin:8px 0;font-variant-numeric:tabular-nums;background:none;border:0}}
.{name} th,.{name} td{{padding:4px 14px 4px 0;text-align:left;border:0;border-bottom:1px solid var({prefix}line);
color:var({prefix}ink);background:none;white-space:nowrap}}
.{name} th{{color:var({prefix}ink-2);font-weight:600;border-bottom-color:var({prefix}line-strong)}}
.{name} .number{{text-align:right;padding:4px 0 4px 14px}}
.{name} .none{{color:var({prefix}ink-3);font-style:italic}}
.{name} tfoot td{{font-weight:600;border-bottom:0}}
.{name} p{{margin:2px 0;color:var({prefix}ink-2);font-size:12px}}
"""


def to_html(answer: Answer, locale: str = "") -> str:
    """The chart (where there is something to draw) and the first rows, everything escaped."""
    told = locale or answer.locale
    shown = first_rows(answer)
    body = [f"<style>{style()}</style>", chart(answer, told), table(shown, told)]
    body += [f"<p>{escape(note)}</p>" for note in remarks(shown)]
    count = len(answer.table)
    rows = f"{count:,} row{'' if count == 1 else 's'}"
    foot = f"{rows} · data as of {answer.as_of:%Y-%m-%d %H:%M} · {answer.timezone}"
    return f'<div class="{NAME}">{"".join(body)}<p>{escape(foot)}</p></div>'


def in_terminal(answer: Answer) -> str:
    """The first rows as text, for a Python prompt."""
    return to_text(first_rows(answer), answer.locale).rstrip("\n")


def first_rows(answer: Answer) -> Answer:
    """An answer that is not too long to look at; it says so where rows are left out."""
    count = len(answer.table)
    if count <= MOST_ROWS:
        return answer
    note = f"{count - MOST_ROWS:,} more rows: to_pandas(), to_polars() and to_arrow() hold all {count:,}"
    return replace(
        answer, table=Table(answer.table.columns, answer.table.rows[:MOST_ROWS]), notes=(*answer.notes, note)
    )


def style() -> str:
    """The rules of the piece, and its colours in the light and in the dark."""
    light, dark = (f"{{{colours(theme)}}}" for theme in (LIGHT, DARK))
    within = f".{NAME}"
    said = [
        f"{within}{light}",
        f"@media (prefers-color-scheme: dark){{{within}{dark}}}",
        "".join(f"{one.strip()} {within}{light}" for one in SAYS_LIGHT.split(",")),
        "".join(f"{one.strip()} {within}{dark}" for one in SAYS_DARK.split(",")),
    ]
    return "".join(said) + RULES.format(name=NAME, prefix=PREFIX).replace("\n", "")


def colours(theme: Theme) -> str:
    """The colours of a theme as properties."""
    return "".join(f"{PREFIX}{name}:{colour};" for name, colour in theme.colours().items())


def by_name() -> Theme:
    """A theme whose colours are looked up where the picture stands; light where nobody says."""
    named = {
        field.name: f"var({PREFIX}{field.name.replace('_', '-')}, {getattr(LIGHT, field.name)})"
        for field in fields(Theme)
        if field.name != "name"
    }
    return Theme(name="notebook", **named)


def chart(answer: Answer, locale: str) -> str:
    """The picture of an answer with several numbers; "" where there is nothing to draw."""
    several = len(answer.table) > 1 and any(column.role == "metric" for column in answer.table.columns)
    if not several:
        return ""
    try:
        return to_svg(answer, locale, by_name())
    except TrueNorthError:
        return ""


def table(answer: Answer, locale: str) -> str:
    """The rows as people read them."""
    columns = seen(answer)
    heads = "".join(f"<th{kind(column)}>{escape(heading(column, answer.query.vs))}</th>" for column in columns)
    words = cells(answer, locale)
    body = ""
    for line, row in zip(words, answer.table.rows, strict=True):
        pairs = zip(line, columns, strict=True)
        body += f"<tr>{''.join(f'<td{kind(one, row, answer)}>{escape(word)}</td>' for word, one in pairs)}</tr>"
    totals = totals_row(answer, locale)
    last = "".join(f"<td{kind(column)}>{escape(word)}</td>" for word, column in zip(totals, columns, strict=False))
    foot = f"<tfoot><tr>{last}</tr></tfoot>" if totals else ""
    whole = f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody>{foot}</table>"
    return f'<div class="rows">{whole}</div>'


def kind(column: Column, row: Row = (), answer: Answer | None = None) -> str:
    """The class of a cell: numbers stand to the right, the (none) group stands back."""
    if is_right(column):
        return ' class="number"'
    if answer is not None and row[answer.table.index(column.name)] is None:
        return ' class="none"'
    return ""
