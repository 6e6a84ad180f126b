"""Nothing is lost and nothing counts twice: the log book, and a server that is killed in the middle."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import stat
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from phones import Phone
from small_room import Served
from tornado.websocket import WebSocketClosedError
from typer.testing import CliRunner
from whole import event, joins, room_of, story

from orchestrion.apps.cli import app
from orchestrion.apps.workshop.board import Board
from orchestrion.apps.workshop.events import Event, Refused
from orchestrion.apps.workshop.links import Whose
from orchestrion.apps.workshop.log_book import LogBook
from orchestrion.errors import StudyError
from orchestrion.experiments import Study


@pytest.fixture(scope="module")
def board(room_study: Study) -> Board:
    return Board(room_study)


def test_a_room_opened_again_is_the_room_that_was_left(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "w.sqlite"
    room = room_of(board, path, story())
    before, told, code = room.session, room.judged(), room.links.code
    room.book.close()
    again = room_of(board, path)
    assert again.session == before
    assert again.judged() == told
    assert again.links.code == code


def test_what_cannot_be_written_down_did_not_happen(board: Board, tmp_path: Path, monkeypatch: Any) -> None:
    room = room_of(board, tmp_path / "w.sqlite", joins())
    before = room.session

    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(room.book, "add", full)
    with pytest.raises(Refused, match="not_kept"):
        room.say(event("p1", "rename", name="Zoé"))
    assert room.session is before


@pytest.mark.parametrize("odd", [float("nan"), "half a character: \ud83d"])
def test_what_no_file_can_hold_is_refused_and_what_follows_is_kept(board: Board, tmp_path: Path, odd: Any) -> None:
    room = room_of(board, tmp_path / "w.sqlite", joins())
    before = room.session
    with pytest.raises(Refused, match="bad_message"):
        room.say(event("p1", "rename", name="Zoé", unread=odd))
    with pytest.raises(Refused, match="bad_message"):
        room.join(uuid.uuid4().hex, {"name": "Anna", "department": "it", "unread": odd})
    assert room.session is before
    room.say(event("p1", "rename", name="Zoé"))
    assert len(list(room.book.events())) == len(joins()) + 1


def test_who_was_removed_has_a_link_to_nothing(board: Board, tmp_path: Path) -> None:
    room = room_of(board, tmp_path / "w.sqlite")
    token, who = room.join(uuid.uuid4().hex, {"name": "Anna", "department": "it"})
    assert room.whose(token).participant == who
    room.say(event("facilitator", "remove", participant=who))
    assert room.whose(token) is None


def test_a_trial_that_may_not_be_said_is_not_worked_out(board: Board, tmp_path: Path, monkeypatch: Any) -> None:
    room = room_of(board, tmp_path / "w.sqlite", joins())
    worked: list[str] = []
    monkeypatch.setattr("orchestrion.apps.workshop.room.changed", lambda *_: worked.append("out"))

    def asked(whose: Whose, mine: str) -> str:
        try:
            asyncio.run(room.can_be_tried(whose, mine, {"label": "near", "policy": "nearest"}))
        except Refused as no:
            return no.reason
        return "yes"

    anna = Whose("participant", "p1")
    assert asked(anna, "try-0001") == "not_now"
    room.say(event("facilitator", "step", to="try"))
    assert asked(Whose("viewer"), "try-0001") == "not_yours"
    assert worked == []
    assert asked(anna, "try-0001") == "yes"
    room.say(Event("p1", "try", "try-0001", {"label": "near", "policy": "nearest"}))
    assert asked(anna, "try-0001") == "yes"  # said before: nothing to work out
    assert worked == ["out"]


def test_the_same_event_is_in_the_book_once(board: Board, tmp_path: Path) -> None:
    room = room_of(board, tmp_path / "w.sqlite", joins())
    said = event("p1", "contest", assumption=board.terms.assumptions[0], text="no")
    for _ in range(3):
        room.say(said)
    assert sum(one.kind == "contest" for one in room.book.events()) == 1
    with pytest.raises(sqlite3.IntegrityError):  # and the book itself would not take it
        room.book.add(said)
    assert len(list(room.book.events())) == len(joins()) + 1


def test_links_are_kept_as_hashes_in_a_file_of_one_s_own(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "w.sqlite"
    room = room_of(board, path)
    token = room.links.issue("facilitator")
    joined, _ = room.join(uuid.uuid4().hex, {"name": "Anna", "department": "it"})
    room.book.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert token.encode() not in content
    assert joined.encode() not in content
    again = room_of(board, path)
    assert again.links.whose(token).role == "facilitator"
    assert again.links.whose(joined).participant == "".join(again.session.participants)


def test_a_link_of_one_workshop_opens_no_other(board: Board, tmp_path: Path) -> None:
    one, other = room_of(board, tmp_path / "a.sqlite"), room_of(board, tmp_path / "b.sqlite")
    token = one.links.issue("facilitator")
    assert one.links.whose(token) is not None
    assert other.links.whose(token) is None
    assert one.links.code != other.links.code


def test_two_servers_do_not_keep_one_book(tmp_path: Path) -> None:
    book = LogBook(tmp_path / "w.sqlite")
    book.add(Event("p1", "join", "x", {"name": "A", "department": "it"}))
    with pytest.raises(StudyError, match="another workshop is running on it"):
        LogBook(tmp_path / "w.sqlite")


def test_a_file_that_is_no_workshop_is_told(tmp_path: Path) -> None:
    path = tmp_path / "w.sqlite"
    path.write_text("not a database, " * 100)
    with pytest.raises(StudyError, match=r"w\.sqlite: cannot keep the workshop there"):
        LogBook(path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"there is no folder .*nowhere to keep the workshop in; make it first"):
        LogBook(tmp_path / "nowhere" / "w.sqlite")


def test_a_port_that_is_taken_is_told_before_anything_opens(room_study: Study, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        asked = ["workshop", str(room_study.path), "--state", str(tmp_path / "w.sqlite"), "--port", str(port)]
        done = CliRunner().invoke(app, asked)
    assert done.exit_code == 2
    assert f"port {port}: cannot listen there (Address already in use); choose another with --port" in done.output
    assert "goes on where it stopped" not in done.output
    LogBook(tmp_path / "w.sqlite").close()  # put down again


def test_a_file_of_another_study_is_told(board: Board, tmp_path: Path) -> None:
    room = room_of(board, tmp_path / "w.sqlite", story())
    told = json.loads(room.book.about("alternatives"))
    room.book.tell_about("alternatives", json.dumps(told | {"unified": "another scenario"}))
    room.book.close()
    with pytest.raises(StudyError, match="kept for another study, where 'unified' is another; name another file"):
        room_of(board, tmp_path / "w.sqlite")


def test_the_command_writes_the_minutes_of_a_workshop_that_is_over(
    room_study: Study, board: Board, tmp_path: Path
) -> None:
    state, written = tmp_path / "w.sqlite", tmp_path / "out" / "minutes.html"
    room_of(board, state, story()).book.close()
    command = ["workshop", str(room_study.path), "--state", str(state), "--minutes", str(written), "--lang", "fr"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "Proposition" in written.read_text(encoding="utf-8")
    tried = [
        event("facilitator", "step", to="try"),
        event("facilitator", "try", label="gone", base="unified", policy="nearest"),
        event("house", "tried", trial="t1", replications=3),
    ]
    room_of(board, state, tried).book.close()
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output  # what was decided is written down without the folder of a trial
    assert "gone: its results are not in the minutes" in done.output
    other = json.dumps({"unified": "another scenario"})
    book = LogBook(state)
    book.tell_about("alternatives", other)
    book.close()
    for _ in range(2):  # the second time, too, it is another study and not a file in use
        done = CliRunner().invoke(app, command)
        assert "where 'unified' is another" in done.output
    never = CliRunner().invoke(app, ["workshop", str(room_study.path), "--state", str(tmp_path / "x"), *command[4:]])
    assert never.exit_code == 2
    assert not (tmp_path / "x").exists()


async def insisting(origin: str, token: str, said: list[str], answered: list[str], about: str) -> None:
    """A phone that sends each message until it is answered, whatever happens to the server; as the page does."""
    waiting = {uuid.uuid4().hex: text for text in said}
    while waiting:
        phone = None
        try:
            phone = await Phone.of(origin, token)
            for mine, text in list(waiting.items()):
                told = await phone.say("contest", id=mine, assumption=about, text=text)
                if told["kind"] == "closed":
                    break
                assert told["kind"] == "done", told
                answered.append(waiting.pop(mine))
        except (OSError, WebSocketClosedError):
            await asyncio.sleep(0.1)
        finally:
            if phone is not None:
                await phone.leave()


def test_a_server_killed_in_the_middle_loses_no_word_and_doubles_none(room_study: Study, tmp_path: Path) -> None:
    about = Board(room_study).terms.assumptions[0]
    state = str(tmp_path / "w.sqlite")
    people, each = 6, 15
    with Served(room_study.path, ("--state", state)) as served:
        port = served.origin  # the same after a restart
        tokens = [served.join(f"person {i}", "it")["token"] for i in range(people)]
        facilitator = served.facilitator
        answered: list[str] = []

        async def story() -> None:
            phones = [
                asyncio.ensure_future(insisting(port, token, [f"{i}/{j}" for j in range(each)], answered, about))
                for i, token in enumerate(tokens)
            ]
            for kill_at in (30,):
                while len(answered) < kill_at and not any(one.done() for one in phones):
                    await asyncio.sleep(0.005)
                served.kill()
                before = set(answered)
                await asyncio.get_running_loop().run_in_executor(None, served.start)
                assert served.origin == port  # phones find it where it was
                watching = await Phone.of(served.origin, facilitator)  # and old links still open it
                told = await watching.hear("state")
                kept = [one["text"] for one in told["state"]["contested"]]
                assert before <= set(kept)  # what was answered is there
                await watching.leave()
            await asyncio.gather(*phones)
            watching = await Phone.of(served.origin, facilitator)
            told = (await watching.hear("state"))["state"]
            assert sorted(one["text"] for one in told["contested"]) == sorted(
                f"{i}/{j}" for i in range(people) for j in range(each)
            )
            assert len(told["participants"]) == people
            await watching.leave()

        asyncio.run(story())


def test_a_browser_that_joins_twice_is_one_person_and_ctrl_c_says_where_the_workshop_is(
    room_study: Study, tmp_path: Path
) -> None:
    state = tmp_path / "w.sqlite"
    with Served(room_study.path, ("--state", str(state))) as served:
        mine = uuid.uuid4().hex
        first = served.join("Anna", "it", id=mine)
        lost = served.join("Anna", "it", id=mine)  # the answer to the first never came
        back = served.join("Anna", "it", token=first["token"], code="")  # a reload: the link is enough
        assert first["participant"] == lost["participant"] == back["participant"]
        assert first["token"] != lost["token"]

        async def story() -> None:
            phones = [await Phone.of(served.origin, one["token"]) for one in (first, lost)]
            told = await phones[0].state_when(lambda state: state["participants"])
            assert [one["name"] for one in told["participants"]] == ["Anna"]
            served.process.send_signal(2)
            for one in phones:  # open pages are told goodbye
                assert (await one.hear("closed"))["code"] == 1001
                await one.leave()

        asyncio.run(story())
        rest, _ = served.process.communicate(timeout=60)
        assert served.process.returncode == 0
        assert "w.sqlite; the same command goes on where it stopped." in rest
        assert "Traceback" not in rest
    assert [oct(one.stat().st_mode & 0o777) for one in (state, state.with_suffix(".log"))] == ["0o600"] * 2
    assert not state.with_name("w.sqlite-wal").exists()  # all of it is in the one file
    base = sqlite3.connect(f"file:{state}?mode=ro", uri=True)
    kept = [json.loads(body) for (body,) in base.execute("SELECT body FROM events")]
    base.close()
    assert kept == [{"name": "Anna", "department": "it"}]
