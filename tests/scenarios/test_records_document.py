"""What a scenario says of records and of what is shown, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import orchestrion as orc
from orchestrion.domain.codes import Channel, Role
from orchestrion.domain.visibility import Feed

FRANCE = orc.load_scenario("france_siloed").with_override("textbook")


def test_records_are_right_and_everybody_sees_the_same_unless_a_scenario_says_otherwise() -> None:
    world = FRANCE.compile()
    assert world.records is None
    assert world.visibility is None


def test_records_switched_on_go_wrong_as_the_table_says_and_one_node_as_it_says_itself() -> None:
    world = FRANCE.vary("wrong", {"records.on": True, "network.nodes.lille.record_accuracy": 0.5}).compile()
    records = world.records
    assert records is not None
    stores = np.array([node.role == Role.STORE for node in world.nodes])
    lille = np.array([node.key == "lille" for node in world.nodes])
    assert records.opening_wrong[stores & ~lille] == pytest.approx(0.2)
    assert records.opening_wrong[~stores & ~lille] == pytest.approx(0.005)
    assert records.opening_wrong[lille] == pytest.approx(0.5)
    assert records.count_every[stores].tolist() == [182] * 60  # twice a year
    assert 1 - (1 - records.shrink[stores]) ** 365 == pytest.approx(1 - np.exp(-0.06))


def test_a_contact_point_of_its_own_differs_and_the_others_show_what_the_web_shows() -> None:
    world = FRANCE.vary("points", {
        "visibility.groups": {"north": ["lille"]},
        "visibility.contact_points": {
            "web": {"sees": {"warehouses": 0, "north": 1}, "feed": {"every": "15min"}},
            "marketplace": {"sees": {"warehouses": 2}, "feed": {"every": "1d", "delay": "2h"}},
        },
    }).compile()  # fmt: skip
    rules = world.visibility
    assert rules is not None
    web, app, marketplace = (rules.row[c] for c in (Channel.WEB, Channel.APP, Channel.MARKETPLACE))
    lille = next(node.id for node in world.nodes if node.key == "lille")
    warehouses = [node.id for node in world.nodes if node.role == Role.WAREHOUSE]
    assert rules.held_back[web, lille] == rules.held_back[app, lille] == 1
    assert rules.held_back[marketplace, lille] == -1
    assert rules.held_back[marketplace, warehouses].tolist() == [2, 2]
    assert rules.feeds[web] == rules.feeds[app] == Feed(900, 0)
    assert rules.feeds[marketplace] == Feed(86_400, 7_200)
    assert world.nodes[lille].web_visible


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"records.stores.shrink_per_year": -1}, r"records\.stores\.shrink_per_year = -1: must be 0 or more"),
        ({"records.at_receipt": "maybe"}, r"records\.at_receipt = \"maybe\": not one of the known words"),
        ({"network.nodes.lille.record_accuracy": 1.2}, r"record_accuracy = 1\.2: must be 1 or less"),
        ({"visibility.contact_points.web": {"sees": {"shops": 0}}}, r"sees\.shops = 0: no group of nodes 'shops'"),
        ({"visibility.groups": {"north": ["atlantis"]}}, r"visibility\.groups\.north = atlantis: no node of that key"),
        ({"visibility.contact_points.web": {"sees": {"stores": -1}}}, r"sees\.stores = -1: must be 0 or more"),
        ({"visibility.feed.every": "25:00"}, r"visibility\.feed\.every = \"25:00\": not a duration"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(change: dict[str, object], says: str) -> None:
    with pytest.raises(orc.InputError, match=says):
        FRANCE.vary("bad", change).compile()
