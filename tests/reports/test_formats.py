"""Numbers and names as readers of each language write them."""

from __future__ import annotations

from datetime import date

import pytest

from orchestrion.reports.formats import Format, decimals_for
from orchestrion.reports.naming import people_names
from orchestrion.reports.words import Words, all_words, french_spaces


def test_french_writes_a_comma_a_narrow_space_and_the_true_minus() -> None:
    assert Format("fr").number(-1_234_567.25, 2) == "−1\u202f234\u202f567,25"


def test_english_writes_a_point_and_commas() -> None:
    assert Format("en").number(-1_234_567.25, 2) == "−1,234,567.25"


def test_a_number_that_rounds_to_zero_has_no_sign() -> None:
    assert Format("en").number(-0.004, 2, signed=True) == "0.00"
    assert Format("en").number(0.004, 2, signed=True) == "0.00"


@pytest.mark.parametrize(
    ("lang", "value", "unit", "decimals", "text"),
    [
        ("fr", 0.0462, "share", 1, "4,6\u202f%"),
        ("en", 0.0462, "share", 1, "4.6%"),
        ("fr", 8.9, "EUR/order", 2, "8,90\u00a0€"),
        ("en", 8.9, "EUR/order", 2, "€8.90"),
        ("en", -8.9, "EUR", 2, "−€8.90"),
        ("fr", 793_600.0, "EUR", 0, "794\u00a0k€"),
        ("en", 27_936_000.0, "EUR", 2, "€27.94M"),
        ("fr", 1.5, "days", 1, "1,5\u00a0jour"),
        ("fr", 2.5, "days", 1, "2,5\u00a0jours"),
        ("en", 0.9, "kg/order", 2, "0.90\u00a0kg"),
        ("en", float("nan"), "EUR", 2, "–"),
    ],
)
def test_a_quantity_carries_its_unit(lang: str, value: float, unit: str, decimals: int, text: str) -> None:
    assert Format(lang).quantity(value, unit, decimals) == text


def test_a_difference_of_shares_is_told_in_points() -> None:
    assert Format("fr").change(-0.0534, "share", 2) == "−5,34\u00a0pt"
    assert Format("en").change(51_300.0, "EUR", 1, magnitude=790_000.0) == "+€51.3k"


def test_a_half_width_decides_how_many_decimals_are_worth_writing() -> None:
    assert [decimals_for(half) for half in (0.03, 0.014, 0.3, 4.0, 25.0)] == [2, 3, 1, 0, 0]


def test_dates_are_written_out() -> None:
    day = date(2026, 11, 22)
    assert (Format("fr").date(day), Format("en").date(day)) == ("22 novembre 2026", "22 November 2026")


def test_another_language_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match="en, fr"):
        Format("de")


def test_every_word_is_there_in_both_languages_with_the_same_blanks() -> None:
    import string

    for key, (english, french) in all_words().items():
        blanks = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (english, french)]
        assert english.strip(), key
        assert french.strip(), key
        assert blanks[0] == blanks[1], key


def test_french_punctuation_never_begins_a_line() -> None:
    assert french_spaces("« bas » : oui ; non ?") == "«\u00a0bas\u00a0»\u00a0: oui\u00a0; non\u00a0?"
    for key in all_words():
        if not any("{" in text for text in all_words()[key]):
            assert " :" not in Words("fr")(key)


def test_alternatives_are_called_by_short_titles_else_by_what_tells_them_apart() -> None:
    assert people_names(["a", "b"], ["Today", "Tomorrow"]) == ["Today", "Tomorrow"]
    assert people_names(["town_slow_van", "town_fast_van"], ["Town", "Town"]) == ["Slow van", "Fast van"]
    assert people_names(["x_co2e", "x_milp"]) == ["CO2e", "MILP"]
    assert people_names(["calm · milp", "calm · nearest"], ["T" * 50, "U" * 50]) == ["MILP", "Nearest"]
