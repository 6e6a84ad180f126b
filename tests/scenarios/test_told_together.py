"""One round of mending is enough: what does not depend on each other is told together, wherever it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrion import bundled
from orchestrion.errors import InputError
from orchestrion.scenarios import load_scenario

DOCUMENT = """\
title: A town
time: {warm_up_weeks: 0, measured_weeks: 1, run_off_days: 5}
network:
  warehouses_table: null
  stores_table: stores.csv
  nodes:
    lille: {role: warehouse, lat: 50.6, lon: 3.1, size: S}
    nowhere: {size: S}
visibility: {groups: {near: [lille, nancy]}}
services:
  parcel_standard: {rate_card: standard.csv}
  parcel_express: {rate_card: express.csv}
emissions: {factors_table: factors.csv}
"""
STORES = "key,label,lat,lon,departement\nlens,Lens,95,2.83,62\n"


def told(folder: Path, document: str) -> list[str]:
    """The problems of a document and its tables, as `load` or else `compile` tells them."""
    (folder / "town.yaml").write_text(document, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_scenario(folder / "town.yaml").compile()
    return [str(problem).replace(str(folder) + "/", "") for problem in caught.value.problems]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four tables, each with a mistake."""
    (tmp_path / "stores.csv").write_text(STORES, encoding="utf-8")
    card = bundled.data_path("carriers", "parcel_standard.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "standard.csv").write_text("\n".join([*card[:8], *card[9:]]) + "\n", encoding="utf-8")  # a gap
    (tmp_path / "express.csv").write_text("nothing\n1\n", encoding="utf-8")
    (tmp_path / "factors.csv").write_text("key,value\nvan_a0,much\n", encoding="utf-8")
    return tmp_path


TABLES = ("stores.csv", "standard.csv", "express.csv", "factors.csv")


def test_several_tables_are_told_in_one_go(folder: Path) -> None:
    lines = told(folder, DOCUMENT)
    for table in TABLES:
        assert any(line.startswith(table) for line in lines), table


def test_a_faulty_value_does_not_hide_what_is_wrong_with_names_and_tables(folder: Path) -> None:
    (folder / "stores.csv").write_text(STORES.replace("95", "50.43"), encoding="utf-8")
    lines = told(folder, DOCUMENT.replace("measured_weeks: 1", "measured_weeks: -1"))
    assert any(line.startswith("town.yaml:2: time.measured_weeks = -1: ") for line in lines)
    assert any(line.startswith("town.yaml:8: network.nodes.nowhere: ") for line in lines)
    for table in TABLES[1:]:
        assert any(line.startswith(table) for line in lines), table
    (folder / "town.yaml").unlink()
    mended = DOCUMENT.replace("measured_weeks: 1", "measured_weeks: -1").replace("    nowhere: {size: S}\n", "")
    assert any(line.startswith("town.yaml:8: visibility.groups.near = nancy: ") for line in told(folder, mended))


def test_what_follows_from_a_faulty_value_is_not_told_as_a_second_mistake(folder: Path) -> None:
    (folder / "stores.csv").write_text(STORES.replace("95", "50.43"), encoding="utf-8")
    document = DOCUMENT.replace("lat: 50.6", "lat: north").replace("    nowhere: {size: S}\n", "")
    lines = [line for line in told(folder, document) if "lille" in line]
    assert len(lines) == 1
    assert lines[0].startswith("town.yaml:7: network.nodes.lille.lat = \"north\": ")


def test_every_position_that_is_no_number_is_told_at_its_line_with_the_way_out(folder: Path) -> None:
    """Of the addresses, the nodes and the agencies, in one go; a row that is no address is nobody's mistake."""
    (folder / "places.csv").write_text(
        "insee,name,departement,zone,population,lat,lon,postcodes\n"
        "1,Lens,62,metro,100,north,2.83,62300\n"
        "2,Vimy,62,metro,many,\"50,37\",200,62580\n"
        "3,Cayenne,973,dom,100,south,,97300\n"
        "4,Nowhere,62,metro,,,,\n"
        "5,Arras,62,metro,-3,nan,2.77,62000\n",
        encoding="utf-8",
    )
    (folder / "stores.csv").write_text(
        "key,label,lat,lon,departement,role\nlens,Lens,east,west,62,shop\nvimy,Vimy,50.37,,62,\n", encoding="utf-8"
    )
    (folder / "agencies.csv").write_text("key,label,lat,lon\na,A,here,there\n", encoding="utf-8")
    tables = "network:\n  communes_table: places.csv\n  agencies_table: agencies.csv\n"
    document = DOCUMENT.replace("network:\n", tables).replace("    nowhere: {size: S}\n", "")
    number = "not a number; write one such as 12.5"
    lines = told(folder, document)
    assert [line for line in lines if line.startswith("places.csv")] == [
        f"places.csv:2: lat = 'north': {number}",
        "places.csv:3: lat = '50,37': not a number; write the decimals after a point",
        "places.csv:3: lon = '200': must lie between -180 and 180",
        f"places.csv:3: population = 'many': {number}",
        "places.csv:6: lat = 'nan': not a finite number; write one such as 12.5",
        "places.csv:6: population = '-3': must be 0 or more",
    ]
    assert [line for line in lines if line.startswith("stores.csv")] == [
        f"stores.csv:2: lat = 'east': {number}",
        f"stores.csv:2: lon = 'west': {number}",
        "stores.csv:2: role = 'shop': not a role; write one of warehouse, store, dark_store, supplier, or nothing",
        f"stores.csv:3: lon = '': {number}",
    ]
    assert [line for line in lines if line.startswith("agencies.csv")] == [
        f"agencies.csv:2: lat = 'here': {number}",
        f"agencies.csv:2: lon = 'there': {number}",
    ]


def test_a_table_of_addresses_where_nobody_lives_is_refused_in_words(folder: Path) -> None:
    header = "insee,name,departement,zone,population,lat,lon,postcodes\n"
    document = DOCUMENT.replace("network:\n", "network:\n  communes_table: places.csv\n")
    for rows in ("", "1,Lens,62,metro,0,50.43,2.83,62300\n", "1,Lens,62,metro,9,,,62300\n"):
        (folder / "places.csv").write_text(header + rows, encoding="utf-8")
        said = "places.csv: population: nobody lives anywhere; give rows of zone metro a lat, a lon and a population"
        assert any(line.startswith(said) for line in told(folder, document)), rows
