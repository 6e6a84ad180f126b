"""Every mistake in a document is told at its line, with the value, the rule and the way out."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestrion.scenarios.checking import checked, chosen_by_name, unit_at
from orchestrion.scenarios.reader import read_text


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hours(Strict):
    opens: int = 10
    closes: int = 19

    @model_validator(mode="after")
    def _ordered(self) -> Hours:
        if self.closes <= self.opens:
            raise ValueError(f"closes ({self.closes}) must be after opens ({self.opens})")
        return self


class Kind(Strict):
    hours: Hours = Field(default_factory=Hours)
    pickers: int = Field(1, ge=0, json_schema_extra={"unit": "people"})
    walk_ins: bool = False


class Place(Strict):
    lat: float = Field(ge=-90, le=90, description="Latitude")
    zone: str = "north"


class Chosen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")
    name: str = "nearest"


class Shop(Strict):
    title: str
    start: date = date(2026, 9, 7)
    warehouses: Kind = Field(default_factory=lambda: Kind(pickers=12))
    stores: Kind = Field(default_factory=lambda: Kind(walk_ins=True, hours=Hours(opens=9)))
    places: dict[str, Place] = {}
    zones: list[str] = ["north", "south"]
    mode: Literal["per_stop", "by_weight"] = "per_stop"
    limit: int | None = None
    either: int | list[str] = 1
    shares: Annotated[dict[str, float], Field(min_length=1)] = {"web": 1.0}
    chosen: Chosen = Field(default_factory=Chosen)

    @model_validator(mode="after")
    def _zones_exist(self) -> Shop:
        wrong = [
            f"places.{key}.zone: no zone {place.zone!r}; known: {', '.join(self.zones)}"
            for key, place in self.places.items()
            if place.zone not in self.zones
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


def told(text: str) -> list[str]:
    _, problems = checked(Shop, read_text(text, "x.yaml").tree)
    return [str(problem) for problem in problems]


def shop(text: str) -> Shop:
    document, problems = checked(Shop, read_text(text, "x.yaml").tree)
    assert problems == []
    assert document is not None
    return document


def test_ten_different_mistakes_are_ten_located_messages() -> None:
    text = """\
title: 12
start: 31/12/2026
warehouses:
  pickers: -1
  hours: {opens: 20, closes: 8}
stores:
  picker: 2
  walk_ins: maybe
places:
  lille: {zone: north}
  lyon: {lat: 45,7, zone: nrth}
mode: per_stp
limit: many
"""
    # a flow mapping cannot hold 45,7: it reads as two entries, which is the tenth mistake
    assert told(text) == [
        'x.yaml:1: title = 12: a text is expected; put it in quotes: "12".',
        'x.yaml:2: start = "31/12/2026": a date is expected, written YYYY-MM-DD.',
        "x.yaml:4: warehouses.pickers = -1: must be 0 or more.",
        "x.yaml:5: warehouses.hours.closes = 8: closes (8) must be after opens (20).",
        'x.yaml:7: stores.picker = 2: unknown key; did you mean "pickers"?',
        'x.yaml:8: stores.walk_ins = "maybe": true or false is expected.',
        "x.yaml:10: places.lille.lat: is missing; write it (Latitude).",
        "x.yaml:11: places.lyon.7 = null: unknown key; known here: lat, zone.",
        'x.yaml:12: mode = "per_stp": not one of the known words; did you mean "per_stop"? Known: per_stop, by_weight.',
        'x.yaml:13: limit = "many": a whole number is expected.',
    ]


def test_a_check_across_sections_is_located_and_not_hidden_by_other_mistakes() -> None:
    text = "title: t\nlimit: x\nplaces:\n  lyon:\n    lat: 45\n    zone: nrth\n  metz: {lat: 49, zone: sud}\n"
    assert told(text) == [
        'x.yaml:2: limit = "x": a whole number is expected.',
        "x.yaml:6: places.lyon.zone = \"nrth\": no zone 'nrth'; known: north, south.",
        "x.yaml:7: places.metz.zone = \"sud\": no zone 'sud'; known: north, south.",
    ]


def test_a_check_that_fails_for_want_of_a_faulty_value_is_not_told() -> None:
    # with the faulty zones left out the defaults come back, and `west` would be unknown: an echo, not a mistake
    text = "title: t\nzones: [west, 3]\nplaces:\n  brest: {lat: 48, zone: west}\n"
    assert len(told(text)) == 1 + 1
    assert told("title: t\nplaces:\n  brest: {lat: x, zone: north}\n") == [
        'x.yaml:3: places.brest.lat = "x": a number is expected, with a decimal point.'
    ]


def test_a_decimal_comma_is_told_with_the_number_meant() -> None:
    assert told("title: t\nplaces:\n  lyon:\n    lat: 45,7\n") == [
        'x.yaml:4: places.lyon.lat = "45,7": a number has a decimal point here: 45.7.'
    ]


def test_a_key_in_the_wrong_section_is_told_where_it_belongs() -> None:
    (message,) = told("title: t\nopens: 9\nstores: {hours: {}}\n")
    assert message.startswith("x.yaml:2: opens = 9: unknown key; ")
    (message,) = told("title: t\nlimits: 9\n")
    assert 'did you mean "limit"?' in message


def test_a_misspelt_required_key_is_one_mistake() -> None:
    assert told("titel: t\n") == ['x.yaml:1: titel = "t": unknown key; did you mean "title"?']


def test_the_alternatives_of_a_union_are_one_message() -> None:
    (message,) = told("title: t\neither: {a: 1}\n")
    assert "a whole number is expected, or a list is expected" in message


def test_a_section_keeps_the_defaults_it_has_there() -> None:
    document = shop("title: t\nstores: {pickers: 3, hours: {closes: 20}}\nwarehouses: {walk_ins: false}\n")
    assert document.stores == Kind(pickers=3, walk_ins=True, hours=Hours(opens=9, closes=20))
    assert document.warehouses.pickers == 12


def test_null_takes_an_entry_out_of_a_free_mapping_and_nowhere_else() -> None:
    assert shop("title: t\nshares: {web: 0.5, app: null}\nlimit: null\n").shares == {"web": 0.5}
    assert told("title: null\n") == ["x.yaml:1: title = null: a text is expected; put it in quotes."]


def test_units_and_things_chosen_by_name_are_found_in_the_model() -> None:
    assert unit_at(Shop, ("stores", "pickers")) == "people"
    assert unit_at(Shop, ("title",)) == ""
    assert chosen_by_name(Shop) == {("chosen",)}
