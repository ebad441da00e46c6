"""Every drawing in every state: well-formed, without inline style, with colours by class or by value, never both."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from truenorth.chart import DARK, LIGHT, draw, flow, png
from truenorth.chart.theme import Theme
from truenorth.web import sample

DAYS = tuple(date(2026, 6, 1) + timedelta(days=at) for at in range(10))


def drawn(theme: Theme | None) -> list[str]:
    """One picture for every kind of chart in every state."""
    return [
        *(draw.lines(chart, theme=theme) for _, chart in sample.charts()),
        *(draw.spark(chart, theme=theme) for _, chart in sample.sparks()),
        *(draw.bars(chart, theme=theme) for _, chart in sample.bars()),
        draw.waterfall(sample.steps(), "walk", theme=theme),
        draw.waterfall((), "walk", theme=theme),
        *(
            picture(steps, name, theme=theme)
            for name, steps in sample.balances()
            for picture in (draw.waterfall, draw.cascade)
        ),
        *(draw.flows(chart, size, theme) for _, chart in sample.flows() for size in ((940, 340), (360, 300))),
        draw.multiples([chart for _, chart in sample.charts()], "many", theme=theme),
        draw.multiples([], "none", theme=theme),
        draw.pace(0.5, 0.6, "worse", "half", theme=theme),
        draw.pace(None, None, theme=theme),
        draw.share(0.4, theme=theme),
    ]


@pytest.mark.parametrize("theme", [None, LIGHT, DARK], ids=["page", "light", "dark"])
def test_every_picture_is_well_formed_and_finite(theme: Theme | None) -> None:
    for svg in drawn(theme):
        ElementTree.fromstring(svg)
        assert "style=" not in svg
        assert not re.search(r"\b(nan|inf|None)\b", svg)


def test_a_page_colours_by_class_and_a_file_by_value() -> None:
    for svg in drawn(None):
        assert not re.search(r'(fill|stroke)="#', svg)
    for theme in (LIGHT, DARK):
        for svg in drawn(theme):
            assert "class=" not in svg
            assert theme.paper in svg
            assert "var(" not in svg


def test_words_are_escaped() -> None:
    hostile = "<script>&\"'"
    chart = draw.Lines(hostile, DAYS, (draw.Series(hostile, (1.0,) * 10), draw.Series("b", (2.0,) * 10)), title=hostile)
    assert "<script>" not in draw.lines(chart) + draw.lines(chart, theme=LIGHT)
    assert "<script>" not in draw.bars(draw.Bars(hostile, (hostile,), (draw.Series(hostile, (1.0,)),)))


def test_gaps_stay_gaps_and_lone_points_are_dots() -> None:
    values = (1.0, 2.0, None, 5.0, None, 3.0, 4.0, 3.0, 4.0, 3.0)
    svg = draw.lines(draw.Lines("x", DAYS, (draw.Series("x", values),)))
    line = re.search(r'<path d="([^"]+)" class="s-accent"', svg)
    assert line is not None
    assert line[1].count("M") == 2 + 1
    assert svg.count("<circle") == 2


def test_what_is_not_whole_is_dashed() -> None:
    series = (draw.Series("x", tuple(float(at) for at in range(10))),)
    whole = draw.lines(draw.Lines("x", DAYS, series))
    assert "stroke-dasharray" not in whole
    assert draw.lines(draw.Lines("x", DAYS, series, incomplete=2)).count('stroke-dasharray="3 3"') == 1
    assert draw.lines(draw.Lines("x", DAYS, series, cut=1, incomplete=1)).count('stroke-dasharray="3 3"') == 2


def test_end_labels_never_overlap() -> None:
    series = tuple(draw.Series(f"line {at}", (100.0 + at / 10,) * 10) for at in range(6))
    svg = draw.lines(draw.Lines("x", DAYS, series), (600, 200))
    places = sorted(float(found) for found in re.findall(r'y="([\d.]+)"[^>]*>line \d', svg))
    assert len(places) == 6
    assert min(later - earlier for earlier, later in pairwise(places)) >= 12


def test_series_differ_without_colour() -> None:
    series = tuple(draw.Series(name, tuple(float(at * size) for at in range(10))) for size, name in enumerate("abc", 1))
    svg = draw.lines(draw.Lines("x", DAYS, series))
    assert len(set(re.findall(r'class="s-s\d"[^>]*?(stroke-dasharray="[^"]+")?/>', svg))) == 3


def test_ten_thousand_points_stay_light() -> None:
    chart = next(chart for name, chart in sample.charts() if name.startswith("10,000"))
    assert len(chart.periods) == 10000
    assert len(draw.lines(chart)) < 45_000


def test_annotations_outside_the_range_are_left_out_and_crowds_keep_their_dots() -> None:
    notes = tuple(draw.Annotation(DAYS[4], f"thing number {at}") for at in range(4))
    away = draw.Annotation(date(2020, 1, 1), "long ago")
    chart = draw.Lines("x", DAYS, (draw.Series("x", (1.0,) * 10),), annotations=(*notes, away))
    svg = draw.lines(chart)
    assert "long ago" not in svg
    assert svg.count("thing number") == 2
    assert svg.count('r="3.5"') == 4


def test_shares_and_paces_stay_inside_their_bars() -> None:
    assert draw.share(None) == draw.share(0.0) == ""
    assert "f-line" in draw.share(-0.5)
    assert 'width="100%"' in draw.share(1.7)
    assert 'width="74"' in draw.pace(3.0, 2.0)


def test_a_png_has_its_words() -> None:
    chart = draw.Lines("x", DAYS, (draw.Series("x", (1.0,) * 10),), title="Revenue")
    named, bare = draw.lines(chart, theme=LIGHT), draw.lines(chart, theme=LIGHT).replace("Revenue", " ")
    assert png(named).startswith(b"\x89PNG")
    assert png(named) != png(bare)


def test_names_of_what_happened_never_touch() -> None:
    notes = tuple(draw.Annotation(DAYS[at], f"something long happened {at}") for at in (4, 5, 6, 7, 9))
    svg = draw.lines(draw.Lines("x", DAYS, (draw.Series("x", (1.0,) * 10),), annotations=notes), (600, 200))
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"( text-anchor="end")?[^>]*>(something[^<]*)<', svg)
    spans: dict[str, list[tuple[float, float]]] = {}
    for x, y, end, words in found:
        wide = len(words) * 6.0
        spans.setdefault(y, []).append((float(x) - wide, float(x)) if end else (float(x), float(x) + wide))
    assert svg.count("<circle") >= len(notes)
    for row in spans.values():
        for (_, left), (right, _) in pairwise(sorted(row)):
            assert left < right


def test_a_step_far_from_zero_is_broken_and_one_near_is_not() -> None:
    far = (draw.Step("before", 100, "100", True), draw.Step("a", 4, "+4"), draw.Step("now", 104, "104", True))
    near = (draw.Step("before", 4, "4", True), draw.Step("a", 4, "+4"), draw.Step("now", 8, "8", True))
    below = (draw.Step("before", -4, "−4", True), draw.Step("a", 8, "+8"), draw.Step("now", 4, "4", True))
    for picture in (draw.waterfall, draw.cascade):
        assert picture(far, "far").count("s-paper") == 2
        assert "s-paper" not in picture(near, "near") + picture(below, "below")
        assert ElementTree.fromstring(picture(far, "far")).attrib["aria-label"] == "far"


def test_long_names_leave_room_for_the_lines() -> None:
    series = tuple(draw.Series("a name without end " * 9 + str(at), (1.0, 2.0) * 5) for at in range(2))
    svg = draw.lines(draw.Lines("x", DAYS, series), (600, 200))
    assert float(re.search(r'data-right="([\d.]+)"', svg)[1]) > 400
    assert "…" in svg


def test_a_band_of_many_days_is_an_even_area() -> None:
    days = tuple(date(2024, 1, 1) + timedelta(days=at) for at in range(2000))
    band = tuple((0.0, 10.0 + at % 7) for at in range(2000))
    svg = draw.lines(draw.Lines("x", days, (draw.Series("x", (5.0,) * 2000),), band=band, coarse=4))
    area = re.search(r'<path d="([^"]+)" class="f-band"', svg)[1]
    assert area.count("M") == 1
    assert len(area) < 400


def test_whole_things_are_counted_in_whole_steps() -> None:
    svg = draw.lines(draw.Lines("x", DAYS, (draw.Series("x", (0.0, 1.0) * 5),)), (600, 250))
    assert re.findall(r'text-anchor="end"[^>]*>([^<]+)<', svg) == ["0", "1"]


def test_rises_and_falls_differ_without_colour() -> None:
    steps = dict(sample.balances())["A balance far from zero"]
    for picture in (draw.waterfall(steps, "walk"), draw.cascade(steps, "walk", 340)):
        tips = re.findall(r'd="M[\d.]+ ([\d.]+)L[\d.]+ ([\d.]+)H[\d.]+Z" class="f-paper"', picture)
        ways = {float(tip) < float(foot) for tip, foot in tips}
        assert ways == {True, False}
        assert "+9.4k" in picture
        assert "−5.1k" in picture


def test_the_history_of_a_balance_tells_parts_apart_by_texture_and_stands_on_zero() -> None:
    chart = draw.Flow(
        "x",
        tuple(date(2026, month, 1) for month in (1, 2, 3)),
        (draw.Series("New", (10.0, 0.0, 30.0)), draw.Series("Grown", (5.0, None, 0.0)), draw.Series("Lost", (-8.0, 0.0, -2.0))),
        draw.Series("Closing", (7.0, 7.0, 35.0)),
    )  # fmt: skip
    svg = draw.flows(chart)
    blocks = [
        (float(y), float(high), colour)
        for y, high, colour in re.findall(
            r'<rect x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)" rx="1.5" class="f-(s\d)"', svg
        )
    ]
    legend, bars = blocks[:3], blocks[3:]
    assert [colour for _, _, colour in legend] == ["s1", "s3", "s2"]
    assert [colour for _, _, colour in bars] == ["s1", "s3", "s2", "s1", "s2"]
    (new, grown, lost) = bars[:3]
    assert new[1] == pytest.approx(2 * grown[1], abs=2)
    assert grown[0] < new[0] < lost[0]
    assert lost[0] == pytest.approx(new[0] + new[1] + 1, abs=0.2)
    assert svg.count('class="s-paper"') == 2
    assert [painted.texture for painted in flow.painted(chart.parts)] == [0, 1, 0]


def test_the_history_of_one_period_is_a_dot_and_its_bars() -> None:
    svg = draw.flows(dict(sample.flows())["A single period"])
    assert svg.count("<circle") >= 1
    assert "nan" not in svg
    assert "No data in this range" in draw.flows(dict(sample.flows())["Nothing in this range"])


def test_a_legend_breaks_where_it_is_full() -> None:
    chart = dict(sample.flows())["Eighteen months, the last still filling"]
    rows = [
        len(set(re.findall(r'y="([\d.]+)" class="f-ink-2"', draw.flows(chart, (wide, 320))))) for wide in (940, 300)
    ]
    assert rows[0] == 1 < rows[1]


def test_a_balance_that_did_not_move_stands_on_zero() -> None:
    steps = dict(sample.balances())["Nothing moved"]
    highs = [float(high) for high in re.findall(r'height="([\d.]+)" rx="3"', draw.waterfall(steps, "still"))]
    assert highs == [150.0, 150.0]


STAGES = (
    draw.Stage("Visited", 1.0, "1,200"),
    draw.Stage("Signed up & <in>", 0.25, "300 · 25 %", "25 %", "median 3 min"),
    draw.Stage("Paid", 0.0, "0 · 0 %", "0 %"),
)


@pytest.mark.parametrize("picture", [draw.stairs, draw.ladder])
def test_steps_say_how_many_reached_them(picture: Callable[..., str]) -> None:
    drawn = picture(STAGES, "funnel")
    assert "Signed up &amp; &lt;in&gt;" in drawn and "300 · 25 %" in drawn and "Paid" in drawn
    assert "Nobody entered" in picture((), "funnel")
    assert all(float(high) >= 0 for high in re.findall(r'(?:width|height)="(-?[\d.]+)"', drawn))


def test_a_step_of_nobody_still_has_a_bar_and_what_was_lost_is_pale() -> None:
    highs = [float(high) for high in re.findall(r'height="([\d.]+)" rx="4" class="f-accent"', draw.stairs(STAGES, "f"))]
    pale = [
        float(high) for high in re.findall(r'height="([\d.]+)" rx="4" class="f-accent-soft"', draw.stairs(STAGES, "f"))
    ]
    assert len(highs) == len(pale) == 3
    assert highs[1] == pytest.approx(highs[0] / 4, abs=0.2) and highs[2] == 1.5
    assert pale == [0.0, pytest.approx(highs[0] * 0.75, abs=0.2), pytest.approx(highs[1], abs=0.2)]


WAYS = (
    draw.Way(0, "home", "<pay>", 30),
    draw.Way(0, "home", "(end)", 10),
    draw.Way(1, "<pay>", "thanks", 20),
    draw.Way(1, "<pay>", "(end)", 10),
)


def test_ways_are_as_thick_as_many_go_there() -> None:
    drawn = draw.ways(WAYS, "paths", aside=["(end)"])
    assert "&lt;pay&gt; 30" in drawn and "home 40" in drawn and "thanks 20" in drawn
    thick = {one: float(high) for high, one in re.findall(r'v([\d.]+)C[^"]*Z" class="f-(accent-soft|line)', drawn)}
    assert len(re.findall(r'Z" class="f-(?:accent-soft|line)', drawn)) == len(WAYS)
    assert thick["accent-soft"] == pytest.approx(2 * thick["line"], rel=0.02)


def test_names_at_both_ends_of_the_last_gap_share_it() -> None:
    long = "a name that is as long as the gap"
    taken = [draw.Way(0, "home", long, 5), draw.Way(1, long, f"{long} too", 5), draw.Way(0, "home", "(end)", 1)]
    drawn = draw.ways(taken, "paths", (360, 200), aside=["(end)"])
    words = [text for text in re.findall(r"<text[^>]*>([^<]*)</text>", drawn) if text.startswith("a name")]
    assert len(words) == 2
    assert all(text.endswith("…") and len(text) < len(long) // 2 for text in words)


def test_no_ways_are_said() -> None:
    assert "No paths in this range" in draw.ways((), "paths")


def test_a_way_of_nobody_is_drawn_too() -> None:
    assert draw.ways([draw.Way(0, "home", "pay", 0)], "paths").count("<rect") == 2
