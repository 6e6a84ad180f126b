"""The server as programs meet it: pages, joining, sockets."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from phones import Phone
from small_room import Served, post
from typer.testing import CliRunner

from orchestrion.apps.cli import app
from orchestrion.apps.workshop.doors import addresses
from orchestrion.experiments import Study


def test_a_guess_is_its_author_s_alone_until_the_results_are_shown(served: Served) -> None:
    async def story() -> None:
        anna, bela = served.join("Anna", "ecommerce"), served.join("Béla", "retail")
        facilitator = await Phone.of(served.origin, served.facilitator)
        first, second = [await Phone.of(served.origin, one["token"]) for one in (anna, bela)]
        assert await first.refused("predict", kpi="cost_to_serve", value=4.2) == "not_now"
        await facilitator.done("step", to="predict")
        await first.done("predict", kpi="cost_to_serve", value=4.2)
        mine = await first.state_when(lambda state: state["me"]["predictions"])
        assert mine["me"]["predictions"] == [{"kpi": "cost_to_serve", "label": "siloed", "value": 4.2}]
        theirs = await second.state_when(lambda state: state["said"]["predict"])
        assert "predictions" not in theirs
        assert "4.2" not in json.dumps(theirs)
        assert served.get("study.json", anna["token"])["results"] is None
        await facilitator.done("step", to="see")
        shown = await second.state_when(lambda state: state["step"] == "see")
        assert [one["median"] for one in shown["predictions"]] == [4.2]
        assert served.get("study.json", anna["token"])["results"]["contribution"]["unified"]
        for one in (facilitator, first, second):
            await one.leave()

    asyncio.run(story())


def test_a_trial_is_simulated_on_the_customers_of_the_study(served: Served, room_study: Study) -> None:
    async def story() -> None:
        cleo = served.join("Cléo", "it")
        facilitator, phone = (
            await Phone.of(served.origin, served.facilitator), await Phone.of(served.origin, cleo["token"])
        )  # fmt: skip
        await facilitator.done("step", to="try")
        told = await phone.say("try", label="mistyped", overrides={"network.stores.picker": 3})
        assert told["reason"] == "not_offered"
        assert "network.stores.picker" in told["detail"]
        told = await phone.say("try", label="impossible", overrides={"stock.web_weeks": -1})
        assert told["reason"] == "not_to_be_tried"
        assert "stock.web_weeks" in told["detail"]
        # the same change as one of the study's scenarios: the same figures, to the last one
        same = {"overrides": {"visibility.web_sees": None}, "policy": "nearest"}
        assert await phone.refused("try", label="odd", **same) == "not_offered"
        await phone.done("try", label="as nearest", base="unified", policy="nearest")
        state = await facilitator.state_when(lambda state: state["trials"])
        assert state["trials"][0]["state"] == "proposed"
        assert await phone.refused("run", trial="t1") == "not_yours"
        await facilitator.done("run", trial="t1")
        await facilitator.hear("progress")
        state = await phone.state_when(lambda state: state["trials"] and state["trials"][0]["done"] == 3)
        found = state["trials"][0]["results"]
        results = served.get("study.json", cleo["token"])["results"]
        assert found["contribution"] == results["contribution"]["nearest"]
        assert found["amounts"] == results["amounts"]["nearest"]
        rows = {row["label"]: row["score"] for row in state["standings"][0]["rows"]}
        assert rows["as nearest"] == pytest.approx(rows["nearest"], rel=1e-12)
        assert "as nearest" in state["labels"]
        for one in (facilitator, phone):
            await one.leave()

    asyncio.run(story())


def test_the_command_s_help_loads_neither_server_nor_study() -> None:
    heavy = ("tornado", "segno", "pandas", "asyncio")
    code = f"import sys; import orchestrion.apps.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_is_missing_is_told_with_the_way_to_it(room_study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    done = CliRunner().invoke(app, ["workshop", str(room_study.path), "--no-browser"])
    assert done.exit_code == 2
    assert "pip install 'orchestrion[workshop]'" in done.output


@pytest.mark.slow
def test_on_the_network_it_answers_to_this_machine_s_address_and_to_no_other_name(
    room_study: Study, tmp_path: Path
) -> None:
    if not addresses():
        pytest.skip("this machine has no network but itself")
    with Served(room_study.path, ("--lan", "--state", str(tmp_path / "w.sqlite"))) as served:
        shown = re.search(r"Participants: +(http://([\d.]+):(\d+))/join", served.lines[-1])
        assert shown.group(2) != "127.0.0.1"
        told = post(
            f"{shown.group(1)}/join",
            {"id": "x" * 32, "code": served.code, "name": "Anna", "department": "it"}, shown.group(1),
        )  # fmt: skip
        assert told["kind"] == "joined"
        asked = urllib.request.Request(f"{shown.group(1)}/healthz", headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="421"):
            urllib.request.urlopen(asked, timeout=10)
