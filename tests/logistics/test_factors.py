"""The factor file: what it must hold, and what is compiled from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrion.bundled import data_path
from orchestrion.domain.codes import Role
from orchestrion.errors import InputError
from orchestrion.logistics import ademe

SHIPPED = data_path("emissions", "ademe.csv")


def changed(folder: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = folder / "factors.csv"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("\nvan_load,0.2,", "\nvan_laod,0.2,", "van_load: this factor is missing"),
        ("\nvan_load,0.2,", "\nvan_load,0,", "van_load must be above zero"),
        ("\nround_stops,80,", "\nround_stops,-80,", "round_stops must be above zero"),
        ("\nempty_running,0.2,", "\nempty_running,1,", "below 1"),
        ("\ngas,74,", "\ngas,much,", "not a number"),
        ("\ngas,74,", "\nelectricity,74,", "already on line"),
    ],
)
def test_a_factor_file_that_cannot_be_used_says_why(tmp_path: Path, old: str, new: str, rule: str) -> None:
    with pytest.raises(InputError) as error:
        ademe.read_factors(changed(tmp_path, old, new))
    assert rule in str(error.value)


def test_another_factor_changes_what_is_compiled(tmp_path: Path) -> None:
    roles = [Role.WAREHOUSE, Role.STORE]
    shipped = ademe.compile_emissions(ademe.read_factors(SHIPPED), roles)
    no_power = changed(tmp_path, "\nelectricity,81,", "\nelectricity,0,")
    clean = ademe.compile_emissions(ademe.read_factors(no_power), roles)
    assert (clean.building_g_per_cm3 < shipped.building_g_per_cm3).all()
    assert clean.hub_g_per_parcel < shipped.hub_g_per_parcel
    assert clean.van_g_per_kg_km == shipped.van_g_per_kg_km


def test_what_the_scenario_says_replaces_the_row_of_the_file() -> None:
    factors = ademe.read_factors(SHIPPED)
    e = ademe.compile_emissions(
        factors, [Role.STORE], method="by_weight", detour=1.0, round_km=30, stops=40, trip_share=0.5
    )
    assert (e.method, e.detour, e.round_m, e.stops, e.trip_share) == ("by_weight", 1.0, 30_000, 40, 0.5)
    with pytest.raises(ValueError, match="per_stop"):
        ademe.compile_emissions(factors, [Role.STORE], method="by_stop")


def test_a_round_kilometre_is_fuel_and_a_share_of_road_and_vehicle_without_empty_running() -> None:
    factors = ademe.read_factors(SHIPPED)
    per_km = ademe.compile_emissions(factors, [Role.STORE]).van_g_per_km
    assert per_km == pytest.approx(226.165483 + 0.2 * (5.6 + 8.4), abs=1e-6)


def test_the_average_trip_depends_on_its_length_and_a_single_mode_does_not() -> None:
    factors = ademe.read_factors(SHIPPED)
    assert ademe.trip_g_per_km(factors, 1) < ademe.trip_g_per_km(factors, 4) < ademe.trip_g_per_km(factors, 7)
    assert ademe.trip_g_per_km(factors, 1, "car_electric") == ademe.trip_g_per_km(factors, 40, "car_electric") == 103
    assert ademe.trip_g_per_km(factors, 40) > 0  # 30 km and more has its own class
