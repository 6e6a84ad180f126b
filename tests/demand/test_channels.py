"""Channels: shares of their own, option shares of their own, and a marketplace that shows no stores."""

from __future__ import annotations

import audits
import numpy as np
import pytest
from draws import drawn, fits
from towns import COLLECT, HOME_J1, HOME_STANDARD, three_stores

import orchestrion as orc
from orchestrion.domain.codes import Channel
from orchestrion.kpis.reading import Reading

THREE = {"channel_shares": np.array([0.5, 0.2, 0.3])}


def test_each_channel_has_its_share() -> None:
    block = drawn(three_stores(online_per_day=400.0, demand=THREE))
    for channel, share in ((Channel.WEB, 0.5), (Channel.APP, 0.2), (Channel.MARKETPLACE, 0.3)):
        assert fits(int((block.channel == channel).sum()), share, len(block.t))


def test_on_a_marketplace_nobody_chooses_a_store() -> None:
    block = drawn(three_stores(online_per_day=400.0, demand=THREE))
    there = block.channel == Channel.MARKETPLACE
    assert (block.node[there] == -1).all()
    assert set(block.option[there].tolist()) == {HOME_STANDARD, HOME_J1}
    assert fits(int((block.option[there] == HOME_J1).sum()), 0.1, int(there.sum()))
    assert fits(int((block.option[~there] == COLLECT).sum()), 0.3, int((~there).sum()))


def test_a_channel_may_have_options_of_its_own_and_the_others_keep_theirs_customer_by_customer() -> None:
    own = THREE | {"channel_options": {int(Channel.APP): np.array([0.1, 0.2, 0.7])}}
    plain, block = (drawn(three_stores(online_per_day=400.0, demand=demand)) for demand in (THREE, own))
    app = block.channel == Channel.APP
    for option, share in ((HOME_STANDARD, 0.1), (HOME_J1, 0.2), (COLLECT, 0.7)):
        assert fits(int((block.option[app] == option).sum()), share, int(app.sum()))
    assert block.option[~app].tolist() == plain.option[~app].tolist()
    assert block.t.tolist() == plain.t.tolist()


def test_marketplace_sales_are_online_sales() -> None:
    facts = audits.run(three_stores([[900, 0, 0, 0]] * 3, demand={"channel_shares": np.array([0.0, 0.0, 1.0])}))
    assert set(facts["orders"]["channel"].tolist()) == {int(Channel.MARKETPLACE)}
    assert Reading(facts).online.all()


def test_a_scenario_names_its_channels() -> None:
    france = orc.load_scenario("france_unified").vary(
        "sold elsewhere too",
        {
            "demand.online.channels": {"web": 0.6, "marketplace": 0.4},
            "demand.online.channel_options": {"marketplace": {"home_standard": 0.8, "home_j1": 0.2}},
        },
    )
    demand = france.compile().demand
    assert demand.channel_shares.tolist() == [0.6, 0.0, 0.4]
    assert {c: s.tolist() for c, s in demand.channel_options.items()} == {int(Channel.MARKETPLACE): [0.8, 0.2, 0.0]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"demand.online.channels": {"web": 0.6, "shop": 0.4}}, r"demand\.online\.channels\.shop"),
        ({"demand.online.channels": {"web": 0.6, "app": 0.3}}, r"demand\.online\.channels.*sum to 1"),
        ({"demand.online.channel_options": {"app": {"drone": 1.0}}}, r"channel_options\.app.*no option 'drone'"),
    ],
)
def test_a_channel_or_option_that_is_not_there_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(orc.InputError, match=message):
        orc.load_scenario("france_unified").vary("wrong", change)
