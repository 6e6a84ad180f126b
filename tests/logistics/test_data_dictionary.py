"""data/README.md and the files under data/ tell the same story, and the files are in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrion.bundled import data_folder
from orchestrion.tables import CONFIDENCE, read_table

DATA = data_folder()
PROVENANCE = {"value", "unit", "year", "source", "confidence"}  # explained once, at the top
SETTINGS = ("carriers", "demand", "economics", "emissions", "reactions", "service", "stock")
FILES = sorted(path.relative_to(DATA).as_posix() for path in DATA.rglob("*") if path.is_file() and path.suffix != ".md")
TABLES = [name for name in FILES if name.endswith(".csv")]


def documented() -> dict[str, set[str]]:
    """{file: columns} as the dictionary has them."""
    found: dict[str, set[str]] = {}
    for section in re.split(r"^### ", (DATA / "README.md").read_text(encoding="utf-8"), flags=re.M)[1:]:
        title, _, body = section.partition("\n")
        body = body.split("\n## ")[0]
        cells = [row.split("|")[1] for row in body.splitlines() if row.startswith("|")]
        columns = {name.strip() for cell in cells[2:] for name in cell.split(",")}
        for name in re.findall(r"`([^`]+)`", title):
            found[name] = columns
    return found


def names_used_by_rows() -> Iterator[tuple[str, str]]:
    for name in TABLES:
        table = read_table(DATA / name)
        if name.split("/")[0] in SETTINGS and "name" in table.header:
            for row in table:
                yield name, row["name"]


def test_every_file_is_documented_and_every_documented_file_is_there() -> None:
    ours = [name for name in FILES if not name.startswith("examples/")]
    assert sorted(documented()) == ours


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_documented_and_every_documented_column_is_there(name: str) -> None:
    header = set(read_table(DATA / name).header)
    assert header - PROVENANCE == documented()[name]


@pytest.mark.parametrize("name", [name for name in TABLES if name.split("/")[0] in SETTINGS])
def test_every_setting_says_where_it_comes_from(name: str) -> None:
    for row in read_table(DATA / name, ["source", "confidence"]):
        assert row["source"], f"{name}:{row.line}"
        assert row["confidence"] in CONFIDENCE
        if "unit" in row.values:
            assert row["unit"], f"{name}:{row.line}"
            assert 1990 <= row.whole("year") <= 2100
    first = Path(DATA / name).read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# "), "a file opens with the sentence that says what it holds"


def test_every_named_value_is_in_the_dictionary() -> None:
    text = (DATA / "README.md").read_text(encoding="utf-8")
    missing = [(file, name) for file, name in names_used_by_rows() if f"`{name}`" not in text]
    assert missing == []


@pytest.mark.parametrize(
    ("name", "by", "share"),
    [
        ("demand/hours_online.csv", None, "share"),
        ("demand/options_fr.csv", None, "share"),
        ("demand/units_per_line.csv", None, "share"),
        ("reactions/online_fr.csv", None, "share"),
        ("reactions/store_fr.csv", None, "share"),
        ("reactions/online_worldwide.csv", None, "share"),
        ("reactions/store_worldwide.csv", None, "share"),
        ("reactions/asked_seller_fr.csv", None, "share"),
        ("demand/weekdays.csv", "profile", "share"),
        ("demand/lines_per_order.csv", "profile", "share"),
        ("service/transit.csv", "service", "probability"),
        ("service/delays.csv", "profile", "probability"),
    ],
)
def test_shares_sum_to_one(name: str, by: str | None, share: str) -> None:
    table = read_table(DATA / name)
    groups = [table] if by is None else [table.where(by, key) for key in dict.fromkeys(row[by] for row in table)]
    for group in groups:
        assert sum(group.shares(group.header[0] if by is None else group.header[1], share).values()) == pytest.approx(1)


def test_the_reactions_keep_what_the_survey_found() -> None:
    def said(file: str) -> dict[str, float]:
        return read_table(DATA / file).shares("answer")

    assert said("reactions/online_fr.csv") == pytest.approx(
        {"another_site": 0.55, "a_store": 0.15, "give_up": 0.13, "wait": 0.13, "ask": 0.04}
    )
    assert said("reactions/store_fr.csv") == pytest.approx(
        {"buy_online": 0.32, "another_store": 0.29, "ask_a_seller": 0.25, "give_up": 0.07, "wait": 0.07}
    )
    store = read_table(DATA / "reactions/store_fr.csv").shares("outcome")
    advised = read_table(DATA / "reactions/asked_seller_fr.csv").shares("outcome")
    assert store["leave"] + store["ask_seller"] * advised["leave"] == pytest.approx(0.68)


@pytest.mark.parametrize(
    ("name", "count"), [("stores_fr60.csv", 60), ("warehouses_fr.csv", 2), ("carriers/agencies_fr.csv", 36)]
)
def test_nodes_stand_in_real_communes_of_mainland_france(name: str, count: int) -> None:
    table = read_table(DATA / name, ["key", "label", "insee", "lat", "lon", "departement"])
    assert len(table) == count
    table.unique("key")
    table.unique("lat", "lon")
    communes = {row["insee"]: row for row in read_table(DATA / "geo/communes_fr.csv")}
    for row in table:
        commune = communes[row["insee"]]
        assert commune["departement"] == row["departement"]
        assert commune["zone"] == "metro"
        assert row["departement"] not in ("2A", "2B")
        assert row.number("lat", 41, 52) == pytest.approx(commune.number("lat"), abs=0.03)
        assert row.number("lon", -6, 9) == pytest.approx(commune.number("lon"), abs=0.06)
        if row["insee"] != "75056":  # the stores in Paris stand in their arrondissements
            assert (row["lat"], row["lon"]) == (commune["lat"], commune["lon"])


def test_the_stores_cover_every_mainland_region_with_seven_around_paris_at_most() -> None:
    region = {row["insee"]: row["region"] for row in read_table(DATA / "geo/communes_fr.csv")}
    regions = [region[row["insee"]] for row in read_table(DATA / "stores_fr60.csv")]
    assert len(dict.fromkeys(regions)) == 12
    assert regions.count("11") <= 7


def test_the_benchmark_has_ten_areas_and_five_towns_in_the_united_states() -> None:
    for name, count in (("areas", 10), ("towns", 5)):
        table = read_table(DATA / f"benchmarks/ma2023_{name}.csv", ["key", "label", "state", "lat", "lon"])
        assert len(table) == count
        table.unique("key")
        table.unique("lat", "lon")
        assert min(table.numbers("lat", 24.0, 50.0)) > 24.0
        assert max(table.numbers("lon", -125.0, -66.0)) < -66.0
        table.unique("geonameid")
    population = read_table(DATA / "benchmarks/ma2023_areas.csv").numbers("population", 4e5, 1e7)
    assert population[0] == max(population)
