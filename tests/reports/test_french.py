"""A French report names in French all that the product itself names; what a scenario's author wrote stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

from orchestrion.domain.codes import Channel, Component, Leg, Reason
from orchestrion.policies.sourcing import sourcing_policies
from orchestrion.reports import render
from orchestrion.reports.sections.scenarios import source_said
from orchestrion.reports.spreadsheet import group_said
from orchestrion.reports.words import Words, product_words
from orchestrion.scenarios import json_schema

FRENCH = Words("fr")


def told(node: Any) -> Iterator[tuple[str, str]]:
    """Description and unit of every parameter of the schema."""
    if isinstance(node, dict):
        if isinstance(node.get("description"), str) and "properties" not in node:
            unit = node["unit"] if isinstance(node.get("unit"), str) else ""
            yield node["description"].removesuffix(f" [{unit}]"), unit
        for key, value in node.items():
            for one in value.values() if key in ("properties", "$defs") else (value,):
                yield from told(one)
    elif isinstance(node, list):
        for one in node:
            yield from told(one)


def texts(page: str) -> set[str]:
    """The texts that a reader sees."""
    bare = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page, flags=re.S)
    return {unescape(one).strip() for one in re.findall(r">([^<]+)<", bare)}


def test_every_parameter_and_unit_of_the_schema_has_french_words() -> None:
    words, place = product_words(), "src/orchestrion/reports/words/product.tsv"
    pairs = set(told(json_schema()))
    missing = sorted({text for text, _ in pairs if ("parameter", text) not in words})
    assert missing == [], f"say these in French in {place}: {missing}"
    units = sorted({unit for _, unit in pairs if unit and ("unit", unit) not in words})
    assert units == [], f"say these units in French in {place}: {units}"
    stale = [text for kind, text in words if kind == "parameter" and text not in {one for one, _ in pairs}]
    assert stale == [], f"no parameter is described so any more; take them out of {place}: {stale}"


def test_every_policy_of_the_house_has_a_name_in_both_languages() -> None:
    words = product_words()
    assert [name for name, _ in sourcing_policies.items() if ("policy", name) not in words] == []


def test_no_product_word_is_told_twice_or_left_blank() -> None:
    lines = (Path(render.__code__.co_filename).parent / "words" / "product.tsv").read_text("utf-8").splitlines()[1:]
    assert len({tuple(line.split("\t")[:2]) for line in lines}) == len(lines)
    for line in lines:
        kind, key, english, french = line.split("\t")
        assert bool(english) == bool(french), key
        assert english or kind == "unit", key


def test_codes_are_grouped_under_french_names() -> None:
    for group, codes in (("channel", Channel), ("component", Component), ("leg", Leg), ("reason", Reason)):
        for code in codes:
            if FRENCH.has(f"{group}.{code.key}"):
                assert group_said(FRENCH, group, code.label) == FRENCH(f"{group}.{code.key}")
    assert group_said(FRENCH, "option", "Home, standard") == "Domicile, standard"
    assert group_said(FRENCH, "option", "Drone") == "Drone"
    assert group_said(FRENCH, "node", "Counter") == "Counter"  # a node that somebody called so


def test_values_and_sources_are_read_in_the_language_of_the_page() -> None:
    assert FRENCH.measured(0.58, "share of net price", "{:g}".format) == "58\u202f% du prix net"
    assert FRENCH.measured(12.0, "EUR an hour", "{:g}".format) == "12 € par heure"
    assert Words("en").measured(0.93, "probability", "{:g}".format) == "93%"
    assert Words("en").measured(3.0, "a unit of somebody's", "{:g}".format) == "3 a unit of somebody's"
    source = "assumed: ours; second-hand: Fevad 2023"
    assert source_said(FRENCH, source) == "supposé\u00a0: ours; de seconde main\u00a0: Fevad 2023"


def test_what_differs_is_said_by_its_meaning(small_french: str, small_html: str) -> None:
    pools = "Les entrepôts gardent un stock pour le web et un pour les magasins <code>stock.separate_pools"
    assert pools in small_french
    assert "<del>oui</del>" in small_french
    assert "<ins>entrepôts, magasins</ins>" in small_french
    assert "Entrepôt d’abord <code>warehouse_first" in small_french
    assert "Warehouses keep one pool for the web and one for the stores <code>stock.separate_pools" in small_html


def test_no_english_name_of_the_product_is_left_on_a_french_page(small_french: str) -> None:
    seen = texts(small_french)
    kinds = ("parameter", "policy", "label", "value")
    english = {shown for (kind, _), (shown, said) in product_words().items() if kind in kinds and shown != said}
    # names of the study's own: its alternatives are called "Nearest" and so on
    assert {text for text in seen & english if len(text) > 12} == set()
    for word in ("Home, standard", "assumed", "share of", "per unit", "an hour"):
        assert not any(re.search(rf"\b{word}\b", text) for text in seen if "(data/" not in text), word
    assert {"Unified", "Nearest", "Siloed"} <= seen  # what the author called them
