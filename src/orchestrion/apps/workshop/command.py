"""The command that opens a workshop."""

from __future__ import annotations

import io
import logging
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrion.apps.options import Language, StudyFolder
from orchestrion.errors import StudyError

if TYPE_CHECKING:
    from orchestrion.apps.workshop.room import Room
    from orchestrion.apps.workshop.server import House

STATE = "workshop.sqlite"


def workshop(
    study: StudyFolder,
    lan: Annotated[
        bool, typer.Option("--lan", help="Let phones and laptops on this network in; else this machine only.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for the one used last time, or a free one.")] = 0,
    lang: Annotated[Language, typer.Option(help="Language the pages open in.")] = Language.en,
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="FILE", help=f"Where what is said is kept. \\[default: STUDY/{STATE}]"),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the facilitator's page.")] = False,
    minutes: Annotated[
        Path | None,
        typer.Option("--minutes", metavar="FILE", help="Only write the minutes of what was said: .html, or .pdf."),
    ] = None,
) -> None:
    """Open a workshop around a study: a page for the projector, others for phones, until the room agrees on rules."""
    import asyncio  # not before it is needed: every command's help would wait for it

    from orchestrion.experiments import open_study

    _installed()
    from orchestrion.apps.workshop.board import Board
    from orchestrion.apps.workshop.log_book import LogBook
    from orchestrion.apps.workshop.room import Room

    board = Board(open_study(study))
    kept = state if state is not None else study / STATE
    if minutes is not None and not kept.is_file():
        raise StudyError(f"{kept}: no workshop was held there; name its file with --state")
    book = LogBook(kept)
    try:
        room = Room(board, book)
    except BaseException:
        book.close()
        raise
    trials = study / "workshop" / room.id
    if minutes is not None:
        return _minutes(room, trials, minutes, lang.value)
    written = kept.with_suffix(".log")
    _logged(written)
    try:
        before = book.about("port")
        sock = bound("0.0.0.0" if lan else "127.0.0.1", port, int(before) if before else None)
    except StudyError:
        book.close()
        raise
    try:
        asyncio.run(_serve(room, trials, sock, lan=lan, lang=lang.value, browser=not no_browser))
    finally:
        book.close()
        typer.echo(f"The workshop is kept in {kept}; the same command goes on where it stopped.")
        if written.exists():
            typer.echo(f"What was refused, and why: {written}")
    return None


def _minutes(room: Room, trials: Path, path: Path, lang: str) -> None:
    """Write the minutes without opening the room."""
    from orchestrion.apps.workshop.minutes import minutes, minutes_pdf
    from orchestrion.apps.workshop.trials import results_again
    from orchestrion.reports.writing import put

    try:
        for one in room.session.trials:
            if one.done:
                try:
                    room.played[one.id] = results_again(room.board, trials, one)
                except StudyError as error:  # what was decided can be written down without it
                    typer.echo(f"{one.label}: its results are not in the minutes ({error})", err=True)
        if path.suffix.casefold() == ".pdf":
            minutes_pdf(room, path, lang, trials=trials)
        else:
            put(path, minutes(room, lang, trials=trials).encode(), "the minutes")
    finally:
        room.book.close()
    typer.echo(f"Minutes: {path}")


def _logged(path: Path) -> None:
    """Refusals and errors, to a file for the facilitator: no links, no codes, and what strangers wrote only quoted."""
    handler = _Private(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for name in ("orchestrion.workshop", "tornado.application", "tornado.general"):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False


class _Private(logging.FileHandler):
    """A log that its owner alone reads: it holds the addresses of people's phones."""

    def _open(self) -> io.TextIOWrapper:
        opened = os.open(self.baseFilename, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        return io.TextIOWrapper(open(opened, "ab"), encoding=self.encoding)


def _installed() -> None:
    try:
        import segno  # noqa: F401
        import tornado  # noqa: F401
    except ImportError as error:
        raise StudyError(f"a workshop needs {error.name}: pip install 'orchestrion[workshop]'") from error


def bound(address: str, port: int, wanted: int | None) -> socket.socket:
    """A listening socket: on this port, or on the one of last time where that is free."""
    for one in ([port] if port else [wanted, 0] if wanted else [0]):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((address, one or 0))
            sock.listen(128)
            sock.setblocking(False)
            return sock
        except OSError as error:
            sock.close()
            if one == port:
                why = f"cannot listen there ({error.strerror}); choose another with --port"
                raise StudyError(f"port {one}: {why}") from error
    raise StudyError("no free port")


async def _serve(room: Room, kept: Path, sock: socket.socket, *, lan: bool, lang: str, browser: bool) -> None:
    import asyncio

    from orchestrion.apps.workshop.doors import addresses, doors
    from orchestrion.apps.workshop.server import House, listen
    from orchestrion.apps.workshop.trials import Trials

    taken = int(sock.getsockname()[1])
    room.book.tell_about("port", str(taken))
    mine = addresses() if lan else []
    house = House(room, doors(taken, mine), lang=lang, trials=kept)
    shown = next((one for one in mine if ":" not in one), "127.0.0.1")
    room.join_url = f"http://{shown}:{taken}/join"
    server = listen(house, [sock])
    trials = Trials(room, kept, progress=house.crowd.progress)
    running = asyncio.ensure_future(trials.run())
    facilitator = f"http://127.0.0.1:{taken}/f/{room.links.issue('facilitator')}"
    _tell(house, facilitator, f"http://127.0.0.1:{taken}/v/{room.links.issue('viewer')}")
    if lan and not mine:
        typer.echo("This machine is on no network now: nobody else can join until it is.", err=True)
    elif not lan:
        typer.echo("Only this machine can join; start with --lan to let phones in.")
    typer.echo("Ctrl-C ends it; what was said is kept.")
    if browser:
        import webbrowser

        webbrowser.open(facilitator)
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C interrupts the loop itself
            asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    await stop.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    house.crowd.close()
    server.stop()
    await server.close_all_connections()


def _tell(house: House, facilitator: str, viewer: str) -> None:
    typer.echo(f"Facilitator (keep to yourself): {facilitator}")
    typer.echo(f"Projector:                      {viewer}")
    typer.echo(f"Participants:                   {house.room.join_url}   code {house.room.links.code}")
    logging.getLogger("orchestrion.workshop").info("open")
