"""Rate cards: reading them, pricing by them, and what is wrong with a bad one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orchestrion.bundled import data_path
from orchestrion.errors import InputError
from orchestrion.logistics.carriers import read_rate_card, read_transit
from orchestrion.logistics.cost import carriage
from orchestrion.units import micro

HEADER = "kind,up_to_kg,up_to_km,price_eur\n"
GOOD = HEADER + "band,1,50,4\nband,5,50,6\nband,1,,5\nband,5,,8\nextra_kg,,,0.5\n"


def card_file(folder: Path, text: str) -> Path:
    path = folder / "card.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("grams", "metres", "euros"),
    [
        (1, 0, 4.0),
        (1000, 50_000, 4.0),  # the limits belong to their bands
        (1001, 50_000, 6.0),
        (1000, 50_001, 5.0),
        (5000, 900_000, 8.0),
        (5001, 900_000, 8.5),  # a kilogram begun
        (6000, 900_000, 8.5),
        (6001, 10_000, 7.0),
    ],
)
def test_a_parcel_pays_its_band(tmp_path: Path, grams: int, metres: int, euros: float) -> None:
    card = read_rate_card(card_file(tmp_path, GOOD))
    assert int(carriage(card, grams, metres)) == micro(euros)


def test_prices_of_a_whole_column_are_those_of_each_row(tmp_path: Path) -> None:
    card = read_rate_card(card_file(tmp_path, GOOD))
    rng = np.random.default_rng(3)
    grams, metres = rng.integers(1, 9000, 200), rng.integers(0, 100_000, 200)
    each = [int(carriage(card, g, m)) for g, m in zip(grams, metres, strict=True)]
    assert carriage(card, grams, metres).tolist() == each
    assert carriage(card, grams[:, None], metres[None, :]).shape == (200, 200)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (GOOD.replace("band,5,,8", "band,5,,-8"), ":5: price_eur = '-8': must lie between 0"),
        (GOOD.replace("band,5,50,6\n", ""), "no price up to 5 kg and 50 km"),
        (GOOD.replace("band,1,,5\nband,5,,8\n", ""), "no price beyond 50 km"),
        (GOOD.replace("extra_kg,,,0.5\n", ""), "0 rows of kind 'extra_kg'"),
        (GOOD + "band,5,,9\n", "already on line 5"),
        (GOOD.replace("band,5,,8", "band,5,,3"), "cheaper than a lighter parcel"),
        (GOOD.replace("band,1,50", "bande,1,50"), "must be 'band' or 'extra_kg'"),
        (GOOD.replace("band,1,50", "band,one,50"), "not a number"),
        (HEADER + "extra_kg,,,0.5\n", "needs one at least"),
        (GOOD.replace(",price_eur", ",price"), "is it 'price'?"),
    ],
)
def test_a_bad_card_says_what_is_wrong(tmp_path: Path, text: str, rule: str) -> None:
    with pytest.raises(InputError) as error:
        read_rate_card(card_file(tmp_path, text))
    assert rule in str(error.value)


@pytest.mark.parametrize("name", ["parcel_standard", "parcel_express"])
def test_the_shipped_cards_are_concave_by_weight_and_dearer_by_distance(name: str) -> None:
    card = read_rate_card(data_path("carriers", f"{name}.csv"))
    per_kg = card.price / card.up_to_g
    assert (np.diff(card.price, axis=1) >= 0).all()
    assert (np.diff(per_kg, axis=1) < 0).all()
    assert (np.diff(card.price, axis=0) > 0).all()


def test_the_shipped_transit_laws_are_laws() -> None:
    path = data_path("service", "transit.csv")
    standard = read_transit(path, "parcel_standard")
    assert sum(standard) == pytest.approx(1.0)
    assert sum(standard[:3]) > 0.95  # two business days, more than 95 % on time
    assert read_transit(path, "counter") == (1.0,)
    with pytest.raises(InputError, match="did you mean 'parcel_express'"):
        read_transit(path, "parcel_expres")
