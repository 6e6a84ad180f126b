"""What strangers send: it changes nothing, it is answered in few words, and it is written down."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import uuid
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from phones import Phone
from small_room import Served, post
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.websocket import WebSocketClosedError
from whole import room_of

from orchestrion.apps.workshop.board import Board
from orchestrion.apps.workshop.command import bound
from orchestrion.apps.workshop.doors import doors
from orchestrion.apps.workshop.limits import Limits, Patience
from orchestrion.apps.workshop.room import Room
from orchestrion.apps.workshop.server import House, listen
from orchestrion.experiments import Study


@pytest.fixture
def written(served_state: Path) -> Any:
    """What was written in the log since the test began."""
    path = served_state.with_suffix(".log")
    before = len(path.read_text()) if path.exists() else 0
    return lambda: path.read_text()[before:]


def request(served: Served, method: str, path: str, body: str = "", **headers: str) -> tuple[int, Any, str]:
    with closing(http.client.HTTPConnection(served.origin.removeprefix("http://"), timeout=60)) as connection:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode("utf-8", "replace")


async def in_one_process(study: Study, folder: Path, story: Any, limits: Limits | None = None) -> Any:
    """A server in this very process, whose limits and clocks a test may set."""
    sock = bound("127.0.0.1", 0, None)
    port = sock.getsockname()[1]
    room = room_of(Board(study), folder / "w.sqlite")
    house = House(room, doors(port), limits=limits)
    server = listen(house, [sock])
    try:
        return await story(room, house, f"http://127.0.0.1:{port}")
    finally:
        house.crowd.close()
        server.stop()
        await server.close_all_connections()


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
                with suppress(WebSocketClosedError):  # the largest is hung up on
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


def test_a_link_of_somebody_who_was_removed_opens_nothing(served: Served) -> None:
    eve = served.join("Eve", "it")
    shown = {"Authorization": f"Bearer {eve['token']}"}
    assert request(served, "GET", "/study.json", **shown)[0] == 200

    async def story() -> None:
        facilitator = await Phone.of(served.origin, served.facilitator)
        await facilitator.done("remove", participant=eve["participant"])
        await facilitator.leave()

    asyncio.run(story())
    for path in ("/study.json", "/minutes.html", "/minutes.pdf"):
        status, _, text = request(served, "GET", path, **shown)
        assert (status, json.loads(text)["reason"]) == (403, "wrong_link")


def test_odd_messages_are_refused_one_by_one_and_the_next_good_one_is_heard(served: Served, written: Any) -> None:
    joined = served.join("Mallory", "it")
    odd = [
        "", "{", "[]", "3", '"hello"', "null", "[" * 5_000, '{"kind": 3}', '{"kind": "weigh"}',
        '{"kind": "rename", "id": "short"}', '{"kind": "rename", "id": {"a": 1}, "name": "x"}',
        json.dumps({"kind": "rename", "id": "x" * 32, "name": {"$ne": ""}}),
        json.dumps({"kind": "rename", "id": "x" * 32, "name": "n" * 501}),
        json.dumps({"kind": "contest", "id": "x" * 32, "assumption": "__proto__", "text": "x"}),
        '{"kind": "contest", "id": "' + "x" * 32 + '", "assumption": "time.warm_up_weeks", "text": NaN}',
        '{"kind": "rename", "id": "' + "x" * 32 + '", "name": "x", "unread": NaN}',
        '{"kind": "rename", "id": "' + "x" * 32 + '", "name": "x", "unread": "\\ud83d"}',
        '{"kind": "try", "id": "' + "x" * 32 + '", "label": "x", "overrides": {"a.\\ud83d": 1}}',
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
        with suppress(WebSocketClosedError):  # hung up on while still talking
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


def test_who_talks_too_fast_waits(room_study: Study, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """In a server that forgives nothing with time: how slow the machine is does not matter."""

    async def story(room: Room, house: House, origin: str) -> list[str | None]:
        token, _ = room.join(uuid.uuid4().hex, {"name": "Quick", "department": "it"})
        phone = await Phone.of(origin, token)
        mine = [uuid.uuid4().hex for _ in range(60)]
        for i, one in enumerate(mine):
            await phone.send(kind="rename", id=one, name=f"Quick {i}")
        answers: dict[str, Any] = {}
        while len(answers) < len(mine):
            told = await phone.next()
            if told.get("id"):
                answers[told["id"]] = told.get("reason")
        await phone.leave()
        return [answers[one] for one in mine]

    with caplog.at_level("INFO", "orchestrion.workshop"):
        found = asyncio.run(in_one_process(room_study, tmp_path, story, Limits(burst=40, per_second=0.0)))
    assert found == [None] * 39 + ["too_fast"] * 21  # the first of the forty was hello
    assert caplog.text.count("too_fast") == 21


def test_wrong_codes_become_slower_and_slower_to_try(
    room_study: Study, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In a server whose clock stands still: how slow the machine is does not matter."""
    now = [0.0]

    async def story(room: Room, house: House, origin: str) -> list[float]:
        house.patience = Patience(house.limits, lambda: now[0])
        waits = []

        async def join(code: str) -> dict[str, Any]:
            body = json.dumps({"id": uuid.uuid4().hex, "code": code, "name": "Eve", "department": "it"})
            told = await AsyncHTTPClient().fetch(
                f"{origin}/join", method="POST", body=body, headers={"Origin": origin}, raise_error=False
            )
            return json.loads(told.body)

        for _ in range(8):
            told = await join("AAAAAA")
            assert told["reason"] == "wrong_code"
            waits.append(told["wait"])
            if told["wait"]:
                for code in ("AAAAAA", room.links.code):  # the right one waits, too: nothing leaks
                    assert (await join(code))["reason"] == "too_fast"
            now[0] += told["wait"]
        assert room.links.code not in caplog.text
        assert (await join(room.links.code))["kind"] == "joined"
        return waits

    with caplog.at_level("INFO", "orchestrion.workshop"):
        found = asyncio.run(in_one_process(room_study, tmp_path, story))
    assert found == [0.0] * 5 + [1.0, 2.0, 4.0]  # after five free tries
    assert caplog.text.count("wrong_code") == 8


def test_every_answer_forbids_what_it_does_not_need(served: Served) -> None:
    pages = ("/", "/join", f"/f/{served.facilitator}", f"/p/{'x' * 32}", "/static/app.js", "/study.json")
    refused = ("/static/none.js", "/nothing/here", "/healthz?post", "/ws", "/join?host", "/static/dom.js?host")
    for path in (*pages, *refused, "/nothing?host", "/static/palette.css?host", "/ws?host"):
        named = {"Host": "evil.example"} if path.endswith("?host") else {"Origin": served.origin}
        status, headers, _ = request(served, "POST" if path.endswith("?post") else "GET", path, **named)
        assert (status == 200) == (path in pages and path != "/study.json"), path
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
