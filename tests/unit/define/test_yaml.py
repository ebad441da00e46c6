"""Mistakes in YAML itself: each is told with its place, and the rest of the file is still read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.define.marked import GROUND, expect, good
from truenorth.define.yaml import Mapping, Scalar, read_document

HEAD = "version: 1\nmetrics:\n"
BODY = "    dataset: orders\n    agg: count\n"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (HEAD + "  - name: a\n‸\t  type: simple\n" + BODY, "replace the tab"),
        (HEAD + '  - name: ‸"a\n    type: simple\n' + BODY, "close the quotes"),
        (HEAD + "  - name: a\n    type: simple\n    filter: a‸: b: c\n" + BODY, "into quotes"),
        (
            HEAD
            + "  - name: a\n    type: simple\n"
            + BODY
            + "    filter: {{ Dimension('order__status') }} ‸= 'paid'\n",
            "plain SQL",
        ),
        (HEAD + "  - name: a\n    type: simple\n" + BODY + "    unit: ‸%\n", "into quotes"),
        (HEAD + "  - name: a\n   ‸type: simple\n", "indented as the lines around"),
        ("version: 1\n‸---\nversion: 1\n", 'remove the "---"'),
    ],
)
def test_one_mistake_has_its_place_and_advice(tmp_path: Path, text: str, hint: str) -> None:
    (error,) = expect(tmp_path, "E_YAML", ground=GROUND, more=text)
    assert hint in error.hint


def test_three_mistakes_in_one_file_are_told_at_once_and_what_is_right_is_still_read(tmp_path: Path) -> None:
    errors = expect(
        tmp_path,
        "E_YAML E_BAD_OWNER E_UNKNOWN_KEY E_NAME_NOT_FOUND E_YAML E_YAML",
        ground=GROUND,
        more=HEAD
        + "  - name: first\n‸\ttype: simple\n    ‸owner: '@'\n"
        + BODY
        + "  - name: second\n    type: ratio\n    ‸numerater: first\n    ‸denominator: nothing\n"
        + '  - name: ‸"third\n    type: simple\n'
        + BODY
        + "  - name: fourth\n    type: derived\n    ‸: x\n"
        + "  - {name: fifth, type: ratio, numerator: third, denominator: fourth}\n",
    )
    assert [error.where and error.where.line for error in errors] == [4, 5, 10, 11, 12, 18]


def test_mistakes_of_several_files_are_told_together(tmp_path: Path) -> None:
    expect(tmp_path, "E_YAML E_YAML", a="version: 1\nmetrics: [‸\n", b="version: 1\n‸]\n")


def test_a_metric_lost_to_a_mistake_is_not_reported_as_unknown(tmp_path: Path) -> None:
    expect(
        tmp_path,
        "E_YAML",
        ground=GROUND,
        more=HEAD
        + "  - name: broken\n   ‸type: simple\n"
        + "  - {name: share, type: ratio, numerator: broken, denominator: order_count}\n",
    )


@pytest.mark.parametrize(
    "text", ["version: 1\nmetrics:\n- name: a\n\tb: c\n" * 40, "[" * 300, "%\n" * 100, "\x00", "a: &a [*a]"]
)
def test_no_text_is_too_broken(text: str) -> None:
    document = read_document(text, "a.yml")
    assert document.errors
    assert all(error.code == "E_YAML" and error.where is not None for error in document.errors)


def test_a_key_written_twice(tmp_path: Path) -> None:
    (error,) = expect(
        tmp_path,
        "E_DUPLICATE_KEY",
        ground=GROUND,
        more=HEAD + "  - name: a\n    type: simple\n    dataset: orders\n    agg: count\n    ‸type: ratio\n",
    )
    assert error.message == 'the key "type" is written twice, first in line 4'


def test_a_key_of_brackets_and_a_tag_of_another_language(tmp_path: Path) -> None:
    expect(
        tmp_path,
        "E_YAML E_YAML",
        ground=GROUND,
        more="version: 1\n‸{a: b}: c\nmetrics: ‸!!python/object:os.system []\n",
    )


def test_an_alias_repeats_and_a_circle_is_refused(tmp_path: Path) -> None:
    model = good(
        tmp_path,
        ground=GROUND,
        more=HEAD
        + "  - {name: a, type: simple, dataset: orders, agg: sum, expr: net, targets: &goals [{value: 5}]}\n"
        + "  - {name: b, type: simple, dataset: orders, agg: sum, expr: net, targets: *goals}\n",
    )
    assert model.metrics["a"].targets == model.metrics["b"].targets
    document = read_document("a: &here\n  b: *here\n", "a.yml")
    assert [error.code for error in document.errors] == ["E_YAML"]


def test_values_know_where_they_stand_and_how_they_were_written() -> None:
    root = read_document('a: 1.50\nb: "yes"\nc:\n', "a.yml").root
    assert isinstance(root, Mapping)
    values = {key: entry.value for key, entry in root.entries.items()}
    assert values["a"] == Scalar("1.50", 1, 4, True)
    assert values["b"] == Scalar("yes", 2, 4, False)
    assert isinstance(values["c"], Scalar)
    assert values["c"].empty
    assert not Scalar("", 1, 1, False).empty


def test_a_broken_top_key_takes_what_is_below_it_along(tmp_path: Path) -> None:
    expect(
        tmp_path,
        "E_YAML",
        ground=GROUND,
        more="version: 1\n‸da]tasets\n  - {name: a, source: a}\n"
        "metrics:\n  - {name: b, type: simple, dataset: a, agg: count}\n",
    )
