"""The family of KPIs: complete, bilingual, open to newcomers, clear about mistakes."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from ledgers import facts, random_facts

from orchestrion.domain.facts import Facts
from orchestrion.errors import LedgerError, UnknownName
from orchestrion.kpis import (
    GROUPINGS,
    HEADLINE,
    UNITS,
    Cases,
    Kpi,
    Ratio,
    Reading,
    Text,
    definitions,
    group_labels,
    kpi,
    kpis,
    measure,
)
from orchestrion.kpis.family import EMPTY, OPEN


def test_the_declared_family_has_six_members_and_leads_the_list() -> None:
    assert [member.key for member in definitions()[:6]] == list(HEADLINE)
    assert sum(member.headline for member in definitions()) == 6


def test_definitions_list_every_kpi_once() -> None:
    assert sorted(member.key for member in definitions()) == kpis.names()


@pytest.mark.parametrize("key", kpis.names())
def test_a_kpi_is_explained_in_both_languages(key: str) -> None:
    member = kpis[key]
    assert member.unit in UNITS
    assert member.direction in ("less", "more", "neither")
    assert member.definition.en != member.definition.fr
    for lang in ("en", "fr"):
        assert member.label[lang]
        text = member.definition[lang]
        assert sum(tail[lang] in text for tail in OPEN.values()) == 1, "says nothing about open orders"
        assert sum(tail[lang] in text for tail in EMPTY.values()) == 1, "says nothing about empty tables"


@pytest.mark.parametrize("key", kpis.names())
def test_a_kpi_does_on_empty_facts_what_its_definition_says(key: str) -> None:
    # nobody, nothing, nowhere: not even a SKU that could be out of stock
    nobody = facts()
    dims = {name: table for name, table in nobody.dims.items() if name not in ("skus", "nodes")}
    found = measure(Facts({}, dims, 0, 86_400, 86_400), ("all",), [key])["value"][0]
    zero = EMPTY["zero"].en in kpis[key].definition.en
    assert found == 0.0 if zero else np.isnan(found)


def test_the_table_has_the_columns_of_the_contract() -> None:
    table = measure(random_facts(1))
    assert list(table) == ["kpi", "group_by", "group", "value", "numerator", "denominator", "unit"]
    assert len({column.size for column in table.values()}) == 1
    assert {name: str(table[name].dtype) for name in ("group", "value", "numerator", "denominator")} == {
        "group": "int32", "value": "float64", "numerator": "float64", "denominator": "float64",
    }  # fmt: skip
    whole = table["group_by"] == "all"
    assert sorted(table["kpi"][whole]) == kpis.names()
    assert (table["group"][whole] == -1).all()
    assert (table["group"][~whole] >= 0).all()
    rows = list(zip(table["kpi"], table["group_by"], table["group"].tolist(), strict=True))
    assert len(set(rows)) == len(rows)


def test_by_sku_only_when_asked() -> None:
    made = random_facts(1)
    assert set(measure(made)["group_by"]) == set(GROUPINGS) - {"sku"}
    assert "sku" in measure(made, ("sku",), ["stockout_rate"])["group_by"]


def test_facts_are_left_as_they_were() -> None:
    made, same = random_facts(2), random_facts(2)
    measure(made)
    for name, table in made.tables.items():
        for column, values in table.items():
            np.testing.assert_array_equal(values, same[name][column], err_msg=f"{name}.{column}")


def test_a_new_kpi_is_one_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kpis, "_members", dict(kpis._members))

    @kpi(
        "store_orders",
        label=("Store orders", "Commandes magasin"),
        unit="orders",
        direction="more",
        definition=("Orders of zone 0.", "Commandes de la zone 0."),
        empty="zero",
    )
    def store_orders(reading: Reading) -> Ratio:
        return Ratio(reading.book.count(reading.book.orders["zone"] == 0))

    made = random_facts(1)
    orders = made["orders"]
    wanted = (orders["zone"] == 0) & (orders["t"] >= made.warm_up_s) & (orders["t"] < made.horizon_s)
    assert measure(made, ("all",), ["store_orders"])["value"].tolist() == [wanted.sum()]
    assert kpis["store_orders"].label == Text("Store orders", "Commandes magasin")
    assert definitions()[-1].key == "store_orders"


def test_two_files_cannot_claim_one_name() -> None:
    def impostor(reading: Reading) -> Ratio:
        return Ratio(Cases(np.zeros(0), reading.request_keys))

    enlist = kpi("split_rate", label=("a", "b"), unit="share", direction="less", definition=("a", "b"))
    with pytest.raises(ValueError, match="two kpis claim the name 'split_rate'"):
        enlist(impostor)
    assert isinstance(kpis["split_rate"], Kpi)
    assert kpis["split_rate"].topic == "flow"


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown unit 'pounds'; one of share"):
        kpi("x", label=("a", "b"), unit="pounds", direction="less", definition=("a", "b"))


def test_a_mistyped_name_gets_a_hint() -> None:
    with pytest.raises(UnknownName, match="did you mean 'otif'"):
        measure(facts(), only=["otiff"])
    with pytest.raises(UnknownName, match="did you mean 'zone'"):
        measure(facts(), ("zones",))


def test_a_missing_vat_rate_is_named() -> None:
    made = facts()
    bare = Facts(made.tables, {name: made.dims[name] for name in ("skus", "nodes")}, 0, 1, 1)
    with pytest.raises(LedgerError, match=r"dims\.economics\.vat_ppm"):
        measure(bare, only=["contribution"])
    assert measure(bare, only=["otif"])["kpi"].size


def test_group_ids_have_names() -> None:
    made = facts(end_s=3 * 86_400)
    assert group_labels(made, "category") == ["chairs", "lamps", "shirts"]
    assert group_labels(made, "component")[0] == "picking"
    assert group_labels(made, "day") == ["day 1", "day 2", "day 3"]
    assert group_labels(made, "node")[3] == "node 3"
    made = random_facts(1)
    table = measure(made, GROUPINGS)
    for grouping in GROUPINGS[1:]:
        assert table["group"][table["group_by"] == grouping].max() < len(group_labels(made, grouping)), grouping


def test_scoring_needs_numpy_alone() -> None:
    code = (
        "import sys, orchestrion.kpis as k; k.definitions(); "
        "heavy = {'pandas', 'duckdb', 'scipy', 'plotly', 'pulp', 'simpy'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
