"""Every command with its flags. A command loads what it needs when it is called, so that a question starts at once."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from truenorth import __version__
from truenorth.base.errors import TrueNorthError
from truenorth.cli import aside, behind, colleague, costing, crowd, ledger, objective, period, person, probing, say
from truenorth.cli.words import listed
from truenorth.query.request import MetricQuery

app = typer.Typer(
    name="truenorth",
    help="One place where a company's key metrics are defined once, computed right, looked at and acted on.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(colleague.key, name="key")
app.add_typer(colleague.share, name="share")
app.command("password")(colleague.password)
app.command("audit")(colleague.audit)
app.add_typer(behind.listing)
app.add_typer(ledger.ledger)
app.add_typer(crowd.crowd)
app.add_typer(objective.objective)
app.add_typer(costing.costing)
app.add_typer(probing.probing)
app.add_typer(aside.quarantine, name="quarantine")
app.add_typer(person.identity, name="identity")
app.add_typer(period.period, name="period")

Workspace = Annotated[
    str, typer.Option("-w", "--workspace", metavar="DIR", help="The workspace; else the nearest truenorth.yml above.")
]
Metrics = Annotated[
    list[str] | None, typer.Argument(metavar="METRIC...", help="Metrics; without any, --by shows the values of fields.")
]
By = Annotated[list[str] | None, typer.Option("--by", metavar="FIELD", help="Split by fields: plan, customers.region.")]
GrainFlag = Annotated[str, typer.Option("--grain", help="One row per hour, day, week, month, quarter or year.")]
Range = Annotated[
    str, typer.Option("--range", help="The time: 12m, 90d, last complete week, mtd, 2026-Q1, 2026-01..2026-03, all.")
]
Timezone = Annotated[str, typer.Option("--timezone", metavar="ZONE", help="Count days in this zone: Europe/Berlin.")]
Where = Annotated[
    list[str] | None, typer.Option("--where", metavar="SQL", help="A condition over fields; repeat to add more.")
]
Having = Annotated[
    list[str] | None,
    typer.Option("--having", metavar="SQL", help="Show rows by the answer's own numbers: 'revenue > 100'."),
]
Order = Annotated[
    list[str] | None, typer.Option("--order", metavar="COLUMN", help="Sort by a column; -COLUMN sorts downwards.")
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many rows.")]
Other = Annotated[bool, typer.Option("--other", help="Fold the groups beyond --limit into one row, counted rightly.")]
Versus = Annotated[
    str, typer.Option("--vs", help="Compare with prev, year, prev_by_weekday, year_by_weekday or a period: 2025-12.")
]
Fill = Annotated[
    str, typer.Option("--fill", help="A row for every period, also where nothing happened, with null, zero or carry.")
]
Totals = Annotated[bool, typer.Option("--totals", help="Add the total of each metric over all rows asked for.")]
Subtotals = Annotated[bool, typer.Option("--subtotals", help="Add a row for all dimensions but the last, and so on.")]
Locale = Annotated[str, typer.Option("--locale", metavar="LOCALE", help="How numbers are written: en, de_CH, fr.")]
InCurrency = Annotated[
    str, typer.Option("--currency", metavar="CODE", help="The currency that converted amounts are told in: USD.")
]
AsOf = Annotated[
    str, typer.Option("--as-of", metavar="TIME", help="What was known at the end of a day, or at a time: 2026-06-01.")
]
Form = Annotated[
    str, typer.Option("--format", metavar="FORMAT", help="table, csv, json, md, parquet, xlsx, svg or png.")
]
Output = Annotated[
    str, typer.Option("-o", "--output", "--out", metavar="FILE", help="Write to a file; its ending names the format.")
]


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help="Say the version and stop.")] = False,
) -> None:
    """One place where a company's key metrics are defined once, computed right, looked at and acted on."""
    if version:
        say.out(f"truenorth {__version__}")
        raise typer.Exit


@app.command()
def query(
    metrics: Metrics = None,
    by: By = None,
    grain: GrainFlag = "",
    range_: Range = "all",
    timezone: Timezone = "",
    where: Where = None,
    order: Order = None,
    limit: Limit = None,
    other: Other = False,
    vs: Versus = "",
    fill: Fill = "",
    totals: Totals = False,
    subtotals: Subtotals = False,
    having: Having = None,
    form: Form = "",
    output: Output = "",
    locale: Locale = "",
    currency: InCurrency = "",
    as_of: AsOf = "",
    workspace: Workspace = "",
) -> None:
    """Ask for metrics: by fields, over time, compared, in any format."""
    from truenorth.cli import ask

    asked = MetricQuery(
        metrics=listed(metrics),
        by=listed(by),
        grain=grain,
        range=range_,
        timezone=timezone,
        where=tuple(where or ()),
        order=listed(order),
        limit=limit,
        other=other,
        vs=vs,
        fill=fill,
        totals=totals,
        subtotals=subtotals,
        having=tuple(having or ()),
        locale=locale,
        currency=currency,
        as_of=as_of,
    )
    ask.query(asked, workspace, form, output)


@app.command()
def sql(
    statement: Annotated[
        str, typer.Argument(metavar="STATEMENT", help="select plan, MEASURE(revenue) from metrics group by plan; or -.")
    ],
    explain: Annotated[bool, typer.Option("--explain", help="Show the plan and the SQL, without running it.")] = False,
    form: Form = "",
    output: Output = "",
    workspace: Workspace = "",
) -> None:
    """Ask in SQL: a select of fields and MEASURE(metric) from the one table, metrics."""
    from truenorth.cli import ask

    if explain:
        ask.explain_sql(statement, workspace)
    else:
        ask.sql(statement, workspace, form, output)


@app.command()
def explain(
    metrics: Metrics = None,
    by: By = None,
    grain: GrainFlag = "",
    range_: Range = "all",
    timezone: Timezone = "",
    where: Where = None,
    order: Order = None,
    limit: Limit = None,
    other: Other = False,
    vs: Versus = "",
    fill: Fill = "",
    totals: Totals = False,
    subtotals: Subtotals = False,
    having: Having = None,
    workspace: Workspace = "",
) -> None:
    """Show how a question would be answered: the plan and the SQL, without running it."""
    from truenorth.cli import ask

    asked = MetricQuery(
        metrics=listed(metrics),
        by=listed(by),
        grain=grain,
        range=range_,
        timezone=timezone,
        where=tuple(where or ()),
        order=listed(order),
        limit=limit,
        other=other,
        vs=vs,
        fill=fill,
        totals=totals,
        subtotals=subtotals,
        having=tuple(having or ()),
    )
    ask.explain(asked, workspace)


@app.command()
def check(
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, json or github.")] = "text",
    workspace: Workspace = "",
) -> None:
    """Check all definitions, alone and beside the data; every mistake is shown at once with its place."""
    from truenorth.cli import prove

    raise typer.Exit(prove.check(workspace, form))


@app.command()
def test(workspace: Workspace = "") -> None:
    """Ask every expected number that the definitions state, and compare."""
    from truenorth.cli import prove

    raise typer.Exit(prove.test(workspace))


@app.command()
def verify(
    metrics: Annotated[
        list[str] | None, typer.Argument(metavar="[METRIC...]", help="Only these metrics; else all of them.")
    ] = None,
    samples: Annotated[
        int, typer.Option("--samples", min=1, help="How many values of each field to ask for one by one.")
    ] = 12,
    workspace: Workspace = "",
) -> None:
    """Prove on your own data that each number is the same whichever way it is computed."""
    from truenorth.cli import prove

    raise typer.Exit(prove.verify(workspace, listed(metrics), samples))


@app.command()
def diff(
    revision: Annotated[str, typer.Argument(metavar="REV", help="A commit, branch or tag, or another folder.")],
    metrics: Annotated[
        list[str] | None, typer.Argument(metavar="[METRIC...]", help="Only these metrics; else all of them.")
    ] = None,
    range_: Range = "12m",
    grain: GrainFlag = "month",
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table, md or json.")] = "table",
    fail_on_change: Annotated[
        bool, typer.Option("--fail-on-change", help="End with 1 when a number of the past is another one now.")
    ] = False,
    workspace: Workspace = "",
) -> None:
    """Show what the definitions changed since a revision do to history, metric by metric and clause by clause."""
    from truenorth.cli import change

    raise typer.Exit(change.diff(workspace, (revision, listed(metrics), range_, grain), form, fail_on_change))


@app.command()
def templates(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="One standard metric, by name or alias.")] = "",
) -> None:
    """List the standard metrics, or show one: question, formula, slots, pitfalls."""
    from truenorth.cli import standard

    standard.templates(name)


@app.command()
def add(
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="A standard metric: churn_rate, dau, cpa.")],
    dataset: Annotated[str, typer.Option("--dataset", metavar="NAME", help="The dataset it is computed from.")] = "",
    slots: Annotated[
        list[str] | None, typer.Option("--slot", metavar="SLOT=VALUE", help="What to fill in; repeat for each slot.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="A name of your own for the metric.")] = "",
    owner: Annotated[str, typer.Option("--owner", help="Who answers for the number.")] = "",
    show: Annotated[bool, typer.Option("--show", help="Only show the YAML, write nothing.")] = False,
    workspace: Workspace = "",
) -> None:
    """Define a standard metric on your own fields: writes a YAML file below the definitions."""
    from truenorth.cli import standard

    binding = standard.Binding(template, dataset, standard.slots_of(slots or ()), name, owner)
    standard.add(binding, workspace, show)


@app.command()
def init(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The workspace: a new folder, or one to add to.")],
    origins: Annotated[
        list[str] | None,
        typer.Option(
            "--from", metavar="WHAT", help="A file, folder, glob, DuckDB file, database URL or dbt project; repeat."
        ),
    ] = None,
    name: Annotated[str, typer.Option("--name", help="What the workspace is called; else like its folder.")] = "",
    timezone: Annotated[str, typer.Option("--timezone", metavar="ZONE", help="Where days begin: Europe/Berlin.")] = "",
    currency: Annotated[str, typer.Option("--currency", metavar="CODE", help="The currency of amounts: EUR.")] = "",
    dates: Annotated[str, typer.Option("--dates", help="How dates are written: dmy, mdy or ymd.")] = "",
    decimal: Annotated[str, typer.Option("--decimal", help="The decimal mark: point or comma.")] = "",
) -> None:
    """Look at data and write the workspace a person would have written over it: datasets, metrics, tests, a report."""
    from truenorth.cli import start

    start.init(folder, origins or [], start.Wishes(name, timezone, currency, dates, decimal))


@app.command("import")
def import_(
    table: Annotated[str, typer.Argument(metavar="NAME", help="The table to load into.")],
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="CSV, JSON or JSON lines (also .gz), Parquet, Excel.")
    ],
    dates: Annotated[str, typer.Option("--dates", help="How dates are written: dmy, mdy or ymd.")] = "",
    decimal: Annotated[str, typer.Option("--decimal", help="The decimal mark: point or comma.")] = "",
    delimiter: Annotated[str, typer.Option("--delimiter", help="What stands between columns.")] = "",
    header: Annotated[str, typer.Option("--header", help="Whether the first line names the columns: yes or no.")] = "",
    types: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="COLUMN=TYPE", help="The type of a column; repeat for more columns."),
    ] = None,
    sheet: Annotated[str, typer.Option("--sheet", help="The sheet of an Excel file; else the first.")] = "",
    encoding: Annotated[
        str, typer.Option("--encoding", help="How a delimited file is written, if not in UTF-8: windows-1252.")
    ] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace the table instead of adding to it.")] = False,
    workspace: Workspace = "",
) -> None:
    """Load files into a table: types are shown, a file comes in once, bad rows are kept with reasons."""
    from truenorth.cli import feed

    options = feed.Options(dates, decimal, delimiter, header, replace, feed.types_of(types or ()), sheet, encoding)
    raise typer.Exit(feed.import_files(table, files, options, workspace))


@app.command()
def status(
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")] = "text",
    workspace: Workspace = "",
) -> None:
    """Say what comes in: each source with its rate, when it was last seen, and what could not be loaded."""
    from truenorth.cli import status as told

    raise typer.Exit(told.status(workspace, form))


@app.command()
def pull(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE...]", help="Only these sources; else all that are defined.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything anew, not only what changed.")] = False,
    workspace: Workspace = "",
) -> None:
    """Fetch what is new at the sources: files, databases, exports; rows that do not fit are kept with reasons."""
    from truenorth.cli import fetch

    raise typer.Exit(fetch.pull(listed(sources), full, workspace))


@app.command()
def adopt(
    path: Annotated[
        str,
        typer.Argument(metavar="PATH", help="A dbt project or manifest, an Ossie document, objectives of others."),
    ],
    into: Annotated[str, typer.Option("--into", metavar="DIR", help="The workspace to write into; else here.")] = ".",
    replace: Annotated[bool, typer.Option("--replace", help="Replace files that are there already.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Only show the YAML, write nothing.")] = False,
) -> None:
    """Take over the metrics of dbt, MetricFlow or Ossie, or objectives of OpenSLO, Sloth or Pyrra; losses are told."""
    from truenorth.cli import foreign

    foreign.adopt(path, into, replace, show)


@app.command("export-definitions")
def export_definitions(
    to: Annotated[
        str, typer.Option("--to", metavar="FORMAT", help="ossie (a document of 0.1.1) or prometheus (rules).")
    ],
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Write to a file.")] = "",
    workspace: Workspace = "",
) -> None:
    """Write the definitions for another tool; our own travel along, so that reading them back loses nothing."""
    from truenorth.cli import foreign

    foreign.export_definitions(to, output, workspace)


@app.command()
def demo(
    folder: Annotated[str, typer.Argument(metavar="[DIR]", help="Where to build it; else a folder of its name.")] = "",
    scale: Annotated[float, typer.Option("--scale", min=0.001, help="1 is a million events, 10 ten million.")] = 1.0,
    example: Annotated[str, typer.Option("--example", help="acme, cdnow or commits.")] = "acme",
    serve_: Annotated[bool, typer.Option("--serve", help="Serve the pages when it is built.")] = False,
    port: Annotated[int, typer.Option("--port", help="The port to serve on, or the next free one.")] = 8321,
) -> None:
    """Build an example company: its definitions, its data, its pages."""
    from truenorth.cli import example as examples

    place = examples.build(example, folder, scale)
    if serve_:
        from truenorth.cli import page
        from truenorth.cli.collecting import Collecting
        from truenorth.serve.place import Listening

        page.serve(str(place), Listening(port=port), Collecting())
    else:
        examples.next_steps(place)


@app.command()
def serve(
    host: Annotated[
        str, typer.Option("--host", help="The address to listen on; others than this machine's own need a password.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port, or the next free one.")] = 8321,
    public_url: Annotated[
        str, typer.Option("--public-url", metavar="URL", help="How others reach the pages: https://metrics.example.")
    ] = "",
    allowed_host: Annotated[
        list[str] | None, typer.Option("--allowed-host", metavar="NAME", help="One more name that the pages answer to.")
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option("--trusted-proxy", metavar="ADDRESS", help="A proxy whose word about a visitor is believed."),
    ] = None,
    require_password: Annotated[
        bool, typer.Option("--require-password", help="Ask for the password on this machine too.")
    ] = False,
    workspace: Workspace = "",
    capture: Annotated[bool, typer.Option("--capture/--no-capture", help="Collect events as well.")] = True,
    capture_host: Annotated[str, typer.Option("--capture-host", help="Where to collect events.")] = "127.0.0.1",
    capture_port: Annotated[int, typer.Option("--capture-port", help="Its port, or the next free one.")] = 8322,
    capture_url: Annotated[
        str, typer.Option("--capture-url", metavar="URL", help="How others reach it: https://collect.example.")
    ] = "",
    statsd: Annotated[
        int | None, typer.Option("--statsd", metavar="PORT", help="Listen for StatsD too, on this port (usually 8125).")
    ] = None,
    statsd_host: Annotated[
        str, typer.Option("--statsd-host", help="Where: anybody who reaches it may send, without a key.")
    ] = "127.0.0.1",
) -> None:
    """Serve the pages, for this machine or behind a password for others; saved definitions are re-read."""
    from truenorth.cli import page
    from truenorth.cli.collecting import Collecting
    from truenorth.serve.place import Listening

    names, proxies = tuple(allowed_host or ()), tuple(trusted_proxy or ())
    listening = Listening(host, port, public_url, names, proxies, require_password, capture_url)
    page.serve(workspace, listening, Collecting(capture_host, capture_port, capture, statsd, statsd_host))


@app.command()
def compact(workspace: Workspace = "") -> None:
    """Write the warehouse anew in the least room: sorted, and without what is free in it."""
    from truenorth.cli import tidy

    tidy.compact(workspace)


@app.command()
def schema(
    kind: Annotated[
        str, typer.Argument(metavar="[KIND]", help="file for definitions, workspace for truenorth.yml; else both.")
    ] = "",
) -> None:
    """Print the JSON Schema of the definitions, for editors that complete and check YAML."""
    from truenorth.cli import standard

    standard.schema(kind)


@app.command()
def version() -> None:
    """Say the version."""
    say.out(f"truenorth {__version__}")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the result is the exit code: 0 fine, 1 a check failed, 2 a wrong question or definition."""
    say.plain_streams()
    try:
        code = app(arguments, prog_name="truenorth", standalone_mode=False)
        return code if isinstance(code, int) else say.OK
    except TrueNorthError as error:
        say.complain(error)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the person is told, whatever it was
        return say.unforeseen(error)
    return say.WRONG


if __name__ == "__main__":
    sys.exit(main())
