"""What strangers send: it changes nothing, it is answered in few words, and it is written down."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from phones import Phone
from small_room import Served, post
from tornado.httpclient import HTTPClientError

from orchestrion.apps.workshop.doors import doors
from orchestrion.experiments import Study


@pytest.fixture
def written(served_state: Path) -> Any:
    """What was written in the log since the test began."""
    path = served_state.with_suffix(".log")
    before = len(path.read_text()) if path.exists() else 0
    return lambda: path.read_text()[before:]


def request(served: Served, method: str, path: str, body: str = "", **headers: str) -> tuple[int, Any, str]:
    with closing(http.client.HTTPConnection(served.origin.removeprefix("http://"), timeout=10)) as connection:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode("utf-8", "replace")


async def version(served: Served) -> int:
    phone = await Phone.of(served.origin, served.facilitator)
    told = await phone.hear("state")
    await phone.leave()
    return int(told["version"])


def test_it_listens_on_this_machine_alone_unless_told(served: Served) -> None:
    port = int(served.origin.rpartition(":")[2])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no network but itself")
        mine = probe.getsockname()[0]
    if mine.startswith("127."):
        pytest.skip("this machine has no network but itself")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((mine, port), timeout=5)


def test_another_host_s_name_is_not_answered(served: Served, written: Any) -> None:
    """DNS rebinding: a page of evil.example whose name suddenly means this machine."""
    for path in ("/", "/join", "/study.json", "/healthz", "/static/app.js"):
        status, _, text = request(served, "GET", path, Host="evil.example")
        assert status == 421
        assert "html" not in text
    assert "wrong_host" in written()


def test_another_origin_s_page_can_neither_join_nor_listen(served: Served, written: Any) -> None:
    async def story() -> None:
        before = await version(served)
        body = {"id": uuid.uuid4().hex, "code": served.code, "name": "Eve", "department": "it"}
        for origin in ("http://evil.example", "null", served.origin.replace("127.0.0.1", "127.0.0.1.evil.example")):
            assert post(f"{served.origin}/join", body, origin)["reason"] == "wrong_place"
            with pytest.raises(HTTPClientError, match="403"):
                await Phone.silent(served.origin, Origin=origin)
        assert await version(served) == before

    asyncio.run(story())
    assert written().count("wrong_place") >= 6


def test_no_origin_is_no_browser_of_ours(served: Served) -> None:
    status, _, _ = request(served, "POST", "/join", json.dumps({"id": uuid.uuid4().hex, "code": served.code}))
    assert status == 403


def test_a_wrong_link_hears_nothing(served: Served, written: Any) -> None:
    async def story() -> None:
        for token in ("x" * 32, "", None, 3, ["a"], {"a": 1}, "é" * 50, "x" * 100_000):
            phone = await Phone.silent(served.origin)
            try:
                await phone.send(kind="hello", token=token)
                told = await phone.next()
                assert told["kind"] in ("refused", "closed")
            finally:
                await phone.leave()
        phone = await Phone.silent(served.origin)
        assert await phone.refused("step", to="see") == "wrong_link"  # no hello at all
        await phone.leave()

    asyncio.run(story())
    assert request(served, "GET", "/study.json")[0] == 403
    assert request(served, "GET", "/study.json", Authorization="Bearer nonsense")[0] == 403
    assert request(served, "GET", "/minutes.html", Authorization="Bearer nonsense")[0] == 403
    assert "wrong_link" in written()


def test_nobody_does_what_is_another_role_s(served: Served) -> None:
    eve = served.join("Eve", "it")

    async def story() -> None:
        before = await version(served)
        phone, viewer, facilitator = [
            await Phone.of(served.origin, token) for token in (eve["token"], served.viewer, served.facilitator)
        ]
        others: list[tuple[str, dict[str, Any]]] = [
            ("step", {"to": "see"}), ("choose", {"label": "unified"}), ("remove", {"participant": eve["participant"]}),
            ("close", {}), ("reopen", {}), ("run", {"trial": "t1"}), ("tried", {"trial": "t1", "replications": 9}),
            ("failed", {"trial": "t1"}), ("join", {"name": "x", "department": "it"}), ("new_code", {}),
        ]  # fmt: skip
        for kind, body in others:
            assert await viewer.refused(kind, **body) in ("not_yours", "unknown_kind")
            assert await phone.refused(kind, **body) in ("not_yours", "unknown_kind", "not_now")
        for kind, body in [("weigh", {"weights": {"co2e": 1}}), ("consent", {"choice": "agree"}), ("tried", {})]:
            assert await facilitator.refused(kind, **body) == "not_yours"
        for one in (phone, viewer, facilitator):
            await one.leave()
        assert await version(served) == before

    asyncio.run(story())
    assert request(served, "GET", "/minutes.html", Authorization=f"Bearer {eve['token']}")[0] == 403


def test_odd_messages_are_refused_one_by_one_and_the_next_good_one_is_heard(served: Served, written: Any) -> None:
    joined = served.join("Mallory", "it")
    odd = [
        "", "{", "[]", "3", '"hello"', "null", "[" * 5_000, '{"kind": 3}', '{"kind": "weigh"}',
        '{"kind": "rename", "id": "short"}', '{"kind": "rename", "id": {"a": 1}, "name": "x"}',
        json.dumps({"kind": "rename", "id": "x" * 32, "name": {"$ne": ""}}),
        json.dumps({"kind": "rename", "id": "x" * 32, "name": "n" * 501}),
        json.dumps({"kind": "contest", "id": "x" * 32, "assumption": "__proto__", "text": "x"}),
        '{"kind": "contest", "id": "' + "x" * 32 + '", "assumption": "time.warm_up_weeks", "text": NaN}',
        json.dumps({"kind": "'; DROP TABLE events; --", "id": "x" * 32}),
        json.dumps({"kind": "log\ninjected line", "id": "x" * 32}),
    ]  # fmt: skip

    async def story() -> None:
        before = await version(served)
        for i in range(0, len(odd), 8):
            phone = await Phone.of(served.origin, joined["token"])
            for text in odd[i : i + 8]:
                await phone.socket.write_message(text)
                assert (await phone.hear("refused"))["kind"] == "refused"
            await phone.leave()
        phone = await Phone.of(served.origin, joined["token"])
        await phone.socket.write_message(b"\x00\xff", binary=True)
        assert (await phone.hear("refused"))["reason"] == "bad_message"
        assert await version(served) == before
        await phone.done("rename", name="<img src=x onerror=alert(1)>")
        told = await phone.state_when(lambda state: state["me"]["name"].startswith("<img"))
        assert told["me"]["name"] == "<img src=x onerror=alert(1)>"  # kept as it is: pages show it as text
        await phone.leave()
        assert await version(served) == before + 1

    asyncio.run(story())
    assert "\ninjected line" not in written()


def test_a_megabyte_closes_the_socket_and_nothing_else(served: Served) -> None:
    joined = served.join("Large", "it")

    async def story() -> None:
        before = await version(served)
        phone = await Phone.of(served.origin, joined["token"])
        other = await Phone.of(served.origin, served.viewer)
        await phone.send(kind="rename", id=uuid.uuid4().hex, name="n" * 1_000_000)
        assert (await phone.hear("closed"))["kind"] == "closed"
        await other.hear("state")
        await phone.leave()
        await other.leave()
        assert await version(served) == before

    asyncio.run(story())
    body = json.dumps({"id": uuid.uuid4().hex, "code": "x" * 1_000_000})
    try:
        status = request(served, "POST", "/join", body, Origin=served.origin)[0]
    except OSError:
        status = 0  # hung up on, which is an answer
    assert status in (0, 400, 413)
    assert request(served, "GET", "/healthz")[0] == 200


def test_old_and_repeated_messages_change_nothing(served: Served) -> None:
    joined = served.join("Rita", "retail")

    async def story() -> None:
        facilitator, phone = [await Phone.of(served.origin, t) for t in (served.facilitator, joined["token"])]
        mine, about = uuid.uuid4().hex, "network.stores.wage_eur_per_hour"
        await phone.done("contest", id=mine, assumption=about, text="too low")
        count = await version(served)
        for _ in range(3):
            assert (await phone.say("contest", id=mine, assumption=about, text="too low"))["kind"] == "done"
        assert (await phone.say("contest", id=mine, assumption=about, text="another text"))["kind"] == "done"
        assert await version(served) == count
        # out of order: a guess that comes after the results were shown, a consent before anything is proposed
        assert await phone.refused("consent", choice="agree") == "not_now"
        for one in (facilitator, phone):
            await one.leave()

    asyncio.run(story())


def test_who_talks_too_fast_waits(served: Served, written: Any) -> None:
    joined = served.join("Quick", "it")

    async def story() -> None:
        phone = await Phone.of(served.origin, joined["token"])
        reasons = []
        for i in range(80):
            told = await phone.say("rename", name=f"Quick {i}")
            reasons.append(told.get("reason"))
        assert "too_fast" in reasons
        assert reasons[:30] == [None] * 30
        await phone.leave()

    asyncio.run(story())
    assert "too_fast" in written()


def test_wrong_codes_become_slower_and_slower_to_try(room_study: Study, tmp_path: Path) -> None:
    with Served(room_study.path, ("--state", str(tmp_path / "w.sqlite"))) as served:
        answers = [served.join("Eve", "it", code="AAAAAA") for _ in range(7)]
        assert [one["reason"] for one in answers[:6]] == ["wrong_code"] * 6
        assert answers[5]["wait"] >= 1.0  # after five free tries
        assert answers[6]["reason"] == "too_fast"
        assert served.join("Anna", "it")["reason"] == "too_fast"  # the right one waits, too: nothing leaks
        log = (tmp_path / "w.log").read_text()
        assert log.count("wrong_code") == 6
        assert served.code not in log
        assert served.facilitator not in log


def test_every_answer_forbids_what_it_does_not_need(served: Served) -> None:
    for path in ("/", "/join", f"/f/{served.facilitator}", f"/p/{'x' * 32}", "/static/app.js", "/study.json"):
        _, headers, _ = request(served, "GET", path)
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_files_beside_the_pages_are_not_served(served: Served) -> None:
    for path in ("/static/../server.py", "/static/%2e%2e/server.py", "/static//etc/passwd", "/server.py", "/p/../../x"):
        assert request(served, "GET", path)[0] in (403, 404)


@pytest.mark.parametrize(
    ("host", "fits"),
    [
        ("127.0.0.1:80", False), ("127.0.0.1:8000", True), ("localhost:8000", True), ("[::1]:8000", True),
        ("192.168.1.5:8000", True), ("192.168.1.6:8000", False), ("evil.example:8000", False),
        ("127.0.0.1:8000@evil.example", False), ("127.0.0.1:8000/x", False), ("", False), ("127.0.0.1:x", False),
        ("localhost:8000.evil.example", False), ("127.0.0.1.evil.example:8000", False),
    ],
)  # fmt: skip
def test_only_its_own_names_fit(host: str, fits: bool) -> None:
    assert doors(8000, ["192.168.1.5"]).host_fits(host) is fits
    assert doors(8000, ["192.168.1.5"]).origin_fits(f"http://{host}") is fits
    assert not doors(8000, ["192.168.1.5"]).origin_fits(f"https://{host}")
