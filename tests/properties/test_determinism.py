"""The same seed gives the same facts, the same customers meet every policy, and nobody sees the future."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import audits
import numpy as np
import pytest
from towns import three_stores, three_stores_replenished

from orchestrion.demand import weeks
from orchestrion.domain.codes import Channel, Outcome, Reason
from orchestrion.domain.facts import Facts
from orchestrion.domain.records import Records
from orchestrion.domain.requests import Requests, united
from orchestrion.domain.visibility import Feed, Visibility
from orchestrion.domain.world import World
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation import shop, simulate
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR

EXOGENOUS = ("request", "t", "basket", "channel", "zone", "place", "node", "sku", "qty", "option", "value")
POLICIES: tuple[object, ...] = (
    "nearest", "cheapest", "warehouse_first", "overstock_first", "fewest_splits", "lowest_co2e",
    {"name": "milp", "review": "1h"},
)  # fmt: skip


def lively(**changes: Any) -> World:
    """Short picks, waiting, visits: every kind of luck is drawn."""
    settings: dict[str, Any] = {
        "stock": [[60, 5, 5, 5]] * 3,
        "pick_success": 0.8,
        "reactions": {
            "online": {"leave": 0.3, "own_store": 0.4, "wait": 0.3},
            "store": {"leave": 0.25, "other_store": 0.25, "own_web": 0.25, "wait": 0.25},
            "abandon_basket": 0.5,
        },
    }
    return three_stores_replenished(**(settings | changes))


def unreliable(**changes: Any) -> World:
    """Records go wrong by every kind of luck, and the web learns of stock once in three hours."""
    records = Records.of(
        4, opening_wrong=0.5, shrink=0.01, misplaced=0.05, turns_up=0.2, errors=0.1, count_every=5, count_error=0.2,
        count_finds=0.5, advice_error=0.3, misses_by_record=(2.0, 1.0),
    )  # fmt: skip
    rows = np.array([[0, 0, 0, 0], [0, 0, 0, 0]], np.int32)
    late = Visibility(row=(0,) * 5, page=1, held_back=rows, feeds=(Feed(3 * HOUR, 600), Feed()))
    return lively(**({"mechanisms": {"records": records, "visibility": late}} | changes))


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_the_same_seed_twice_gives_equal_facts_where_records_go_wrong(policy: object) -> None:
    assert audits.digest(audits.run(unreliable(), policy)) == audits.digest(audits.run(unreliable(), policy))


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_the_same_seed_twice_gives_equal_facts(policy: object) -> None:
    assert audits.digest(audits.run(lively(), policy)) == audits.digest(audits.run(lively(), policy))


def test_another_seed_or_another_replication_gives_other_customers() -> None:
    digests = {
        audits.digest(audits.run(lively(), seed=seed, replication=replication))
        for seed in (1, 2)
        for replication in (0, 1)
    }
    assert len(digests) == 4


def test_facts_do_not_depend_on_the_hash_seed_of_python() -> None:
    here = Path(__file__).resolve().parent
    program = (
        "import audits; from test_determinism import lively, unreliable, POLICIES\n"
        "for policy in POLICIES: print(audits.digest(audits.run(lively(), policy)))\n"
        "for policy in POLICIES: print(audits.digest(audits.run(unreliable(), policy)))"
    )
    answers = []
    for seed in ("1", "4711"):
        env = os.environ | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([str(here), str(here.parent), os.environ.get("PYTHONPATH", "")]),
        }
        done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        answers.append(done.stdout.split())
    assert len(answers[0]) == 2 * len(POLICIES)
    assert answers[0] == answers[1]
    assert answers[0][0] == audits.digest(audits.run(lively(), POLICIES[0]))


def test_two_runs_in_one_process_do_not_disturb_each_other() -> None:
    alone = audits.digest(audits.run(lively(), "nearest", seed=2))
    audits.run(lively(), "cheapest", seed=9)
    assert audits.digest(audits.run(lively(), "nearest", seed=2)) == alone


# ---- the same customers with the same luck -----------------------------------------------------------------


def test_every_policy_and_every_visibility_meets_the_same_customers_row_by_row() -> None:
    hidden = {f"store_{n}": {"web_visible": False} for n in (1, 2, 3)}
    first = audits.run(lively(), "nearest")["requests"]
    others = [audits.run(lively(), policy)["requests"] for policy in POLICIES[1:]]
    others += [audits.run(lively(nodes=hidden))["requests"], audits.run(lively(review_s=HOUR))["requests"]]
    others += [audits.run(lively(stock=[[9, 1, 1, 1]] * 3))["requests"]]
    assert len(first["request"]) > 500
    decided = 0
    for other in others:
        for column in EXOGENOUS:
            assert first[column].tolist() == other[column].tolist(), column
        decided += first["outcome"].tolist() != other["outcome"].tolist()
    assert decided > 3  # what becomes of them is another matter


class Noted(Streams):
    """Writes down every number of luck that is asked for."""

    asked: dict[tuple[str, int, int], float]

    def luck(self, purpose: str, counter: int, hop: int = 0) -> float:
        u = super().luck(purpose, counter, hop)
        self.asked[purpose, counter, hop] = u
        return u


def luck_of(world: World, policy: object, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, int, int], float]:
    noted: dict[tuple[str, int, int], float] = {}
    monkeypatch.setattr(Noted, "asked", noted, raising=False)
    monkeypatch.setattr("orchestrion.simulation.engine.Streams", Noted)
    audits.run(world, policy)
    return noted


def test_luck_belongs_to_the_wish_and_not_to_the_order_in_which_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hidden = {f"store_{n}": {"web_visible": False} for n in (1, 2, 3)}
    one = luck_of(lively(), "nearest", monkeypatch)
    for world, policy in ((lively(), "warehouse_first"), (lively(nodes=hidden), "nearest")):
        other = luck_of(world, policy, monkeypatch)
        shared = [key for key in one if key in other]
        assert {purpose for purpose, _, _ in shared} >= {"pick", "reaction", "patience", "detour", "transit", "round"}
        assert all(one[key] == other[key] for key in shared)
        assert len(shared) < len(one)  # they did meet different needs for luck


def test_each_number_of_luck_is_counted_by_the_wish_or_order_it_befalls(monkeypatch: pytest.MonkeyPatch) -> None:
    noted: dict[tuple[str, int, int], float] = {}
    monkeypatch.setattr(Noted, "asked", noted, raising=False)
    monkeypatch.setattr("orchestrion.simulation.engine.Streams", Noted)
    facts = audits.run(lively(), "nearest")
    of: dict[str, set[int]] = {}
    for purpose, counter, _ in noted:
        of.setdefault(purpose, set()).add(counter)
    requests = facts["requests"]
    at_once = (requests["resolved_t"] == requests["t"]) & (requests["outcome"] == Outcome.SERVED)
    accepted_and_cancelled = requests["outcome"] == Outcome.CANCELLED
    refused = np.isin(requests["reason"], (Reason.UNAVAILABLE, Reason.SHELF_EMPTY))
    refused |= np.isin(requests["outcome"], (Outcome.SERVED_LATER, Outcome.MOVED_TO_STORE, Outcome.MOVED_TO_WEB))
    refused |= np.isin(requests["outcome"], (Outcome.MOVED_TO_OTHER_STORE, Outcome.WAITING))
    assert set(np.flatnonzero(refused).tolist()) <= of["reaction"]
    assert not of["reaction"] & set(np.flatnonzero(at_once).tolist())
    assert of["reaction"] <= set(np.flatnonzero(refused | accepted_and_cancelled).tolist())
    assert of["patience"] | of["detour"] <= of["reaction"]
    lines = set(facts["lines"]["request"].tolist())
    orders = set(facts["orders"]["order"].tolist())
    assert of["pick"] <= lines
    assert of["transit"] <= lines
    assert of["round"] <= orders
    assert of["visit"] <= orders
    assert set(of) == {"abandon", "detour", "patience", "pick", "reaction", "round", "transit", "visit"}


def test_a_customer_unlucky_with_one_policy_is_as_unlucky_with_another() -> None:
    # everything in one place: whatever the policy, the same units are not found
    world = three_stores(stock=[[90, 0, 0, 0]] * 3, pick_success=0.7)
    shorts = [
        audits.records(audits.run(world, policy)["events"], "order", "line", "qty", kind=4)
        for policy in ("nearest", "cheapest", "fewest_splits")
    ]
    assert len(shorts[0]) > 20
    assert shorts[0] == shorts[1] == shorts[2]


# ---- nobody sees the future --------------------------------------------------------------------------------

NOW = 6 * DAY + 15 * HOUR


def as_replay(block: Requests) -> Requests:
    return block.only(block.channel != Channel.WALK_IN)


def known_by(facts: Facts, t: int) -> list[Any]:
    """Everything decided before t."""
    found: list[Any] = []
    for name in ("decisions", "reviews", "events", "stock"):
        table = facts[name]
        before = table["t"] < t
        found += [table[column][before].tolist() for column in table]
    return found


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_other_customers_tomorrow_change_no_decision_of_today(policy: object) -> None:
    drawn = [as_replay(next(iter(weeks(lively(), Streams(seed, 0))))) for seed in (1, 2)]
    mixed = united([drawn[0].only(drawn[0].t < NOW), drawn[1].only(drawn[1].t >= NOW)])
    runs = [
        audits.run(lively(days=7, walk_ins=0.0, demand={"replay": replay}), policy) for replay in (drawn[0], mixed)
    ]
    assert runs[0]["requests"]["sku"].tolist() != runs[1]["requests"]["sku"].tolist()
    assert len(runs[0]["decisions"]["t"]) > 30
    assert known_by(runs[0], NOW) == known_by(runs[1], NOW)
    assert known_by(runs[0], 8 * DAY) != known_by(runs[1], 8 * DAY)


@pytest.mark.parametrize("town", ["lively", "unreliable"])
@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_other_luck_tomorrow_changes_no_decision_of_today(
    policy: object, town: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = {"lively": lively, "unreliable": unreliable}[town]()
    clocks: list[shop.Clock] = []

    class Reseeded(Streams):
        """Fate changes its mind at NOW."""

        def luck(self, purpose: str, counter: int, hop: int = 0) -> float:
            late = clocks[-1].now >= NOW
            return super().luck(purpose + " anew" if late else purpose, counter, hop)

        def lucks(self, purpose: str, counters: np.ndarray[Any, Any], hop: int = 0) -> np.ndarray[Any, Any]:
            late = bool(clocks) and clocks[-1].now >= NOW  # the season begins before the clock
            return super().lucks(purpose + " anew" if late else purpose, counters, hop)

    class Watched(shop.Shop):
        def run(self) -> None:
            clocks.append(self.env)
            super().run()

    usual = audits.run(world, policy)
    clocks.clear()
    monkeypatch.setattr("orchestrion.simulation.engine.Streams", Reseeded)
    monkeypatch.setattr("orchestrion.simulation.engine.Shop", Watched)
    other = simulate(world, make_policy(policy), seed=1, replication=0)
    assert known_by(usual, NOW) == known_by(other, NOW)
    assert known_by(usual, world.end_s) != known_by(other, world.end_s)


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_a_policy_that_cannot_see_the_shelf_decides_the_same_whatever_lies_there(policy: object) -> None:
    # the records say the same; how many units the pickers would find differs, and nobody has picked yet
    one = audits.run(lively(pick_success=0.2, pickers=0), policy)
    other = audits.run(lively(pick_success=1.0, pickers=0), policy)
    assert len(one["decisions"]["t"]) > 30
    assert known_by(one, 14 * DAY) == known_by(other, 14 * DAY)


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_shelves_emptied_behind_the_records_change_no_decision(policy: object) -> None:
    def seen(shrink: float) -> list[Any]:
        thieves = {"records": Records.of(4, shrink=[0.0, shrink, shrink, shrink])}
        facts = audits.run(lively(pickers=0, walk_ins=0.0, mechanisms=thieves), policy)
        return [facts[name][column].tolist() for name in ("decisions", "reviews", "events") for column in facts[name]]

    honest = seen(0.0)
    assert len(honest[0]) > 30
    assert honest == seen(0.4)
