"""The words of the pages: all that are asked for are there, in both languages, with the same blanks; none is idle."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import orchestrion.apps.workshop
from orchestrion.apps.workshop.pages import ROLES, page, palette
from orchestrion.apps.workshop.session import STEPS
from orchestrion.apps.workshop.words import all_words, for_the_page
from orchestrion.reports.look import PALETTE

STATIC = Path(orchestrion.apps.workshop.__file__).parent / "static"
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(STATIC.rglob("*.js"))}
TEXT = "\n".join(SCRIPTS.values())
TEMPLATE = (STATIC.parent / "templates" / "page.html.j2").read_text(encoding="utf-8")
WORDS = all_words()


def _known(key: str) -> bool:
    return key in WORDS or {f"{key}_1", f"{key}_n"} <= WORDS.keys()


def test_every_word_asked_for_by_name_is_there() -> None:
    asked = set(re.findall(r'\bt\("(\w+)"', TEXT))
    for conditional in re.findall(r'\bt\([^()`]*\? ([^()]*)\)', TEXT):
        asked |= set(re.findall(r'"(\w+)"', conditional.split(",")[0]))
    assert len(asked) > 150
    assert {key for key in asked if not _known(key)} == set()


def test_no_word_is_idle() -> None:
    named = set(re.findall(r'"(\w+)"', TEXT)) | set(re.findall(r"\]\.(\w+)", TEMPLATE))
    kinds = {f"{step}_{kind}" for step in STEPS for kind in re.findall(r'stepWords\(app, "(\w+)"\)', TEXT)}
    named |= kinds
    starts = tuple(re.findall(r"`(\w+_)\$\{", TEXT))
    ends = tuple(re.findall(r"\}(_\w+)`", TEXT))
    idle = {
        key
        for key in WORDS
        if not {key, re.sub(r"_(1|n)$", "", key)} & named and not key.startswith(starts) and not key.endswith(ends)
    }
    assert idle == set()


@pytest.mark.parametrize("key", WORDS)
def test_both_languages_leave_the_same_blanks(key: str) -> None:
    english, french = WORDS[key]
    assert english.strip()
    assert french.strip()
    # "1 person" needs no blank for the 1
    blanks = [set(re.findall(r"\{(\w+)\}", text)) for text in (english, french)]
    assert blanks[0] == blanks[1]


def test_french_keeps_its_marks_with_their_words() -> None:
    for key, text in for_the_page()["fr"].items():
        assert not re.search(r" [:;!?»]|« ", text), key


def test_a_plural_has_its_singular() -> None:
    for key in WORDS:
        if key.endswith("_n") and f"{key[:-2]}_1" in WORDS:
            assert _known(key[:-2])
        if key.endswith("_1"):
            assert f"{key[:-2]}_n" in WORDS


@pytest.mark.parametrize("role", ROLES)
def test_a_page_holds_no_script_or_style_of_its_own(role: str) -> None:
    for lang in ("en", "fr"):
        text = page(role, lang)
        assert f'lang="{lang}"' in text
        for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.S):
            assert "src=" in attributes or 'type="application/json"' in attributes
            assert "src=" not in attributes or not content.strip()
        assert not re.search(r"<style|\sstyle=|\son\w+=", text)
        assert not re.search(r'(?:src|href)="(?!/static/|#|data:,)', text)


def test_nothing_is_ever_written_as_markup() -> None:
    for name, text in SCRIPTS.items():
        bad = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc"
        assert not re.search(bad, text), name


def test_no_file_is_long() -> None:
    for name, text in SCRIPTS.items():
        assert text.startswith("// "), name
        assert len(text.splitlines()) <= 300, name


def test_the_palette_is_the_report_s() -> None:
    light, media, dark = palette().strip().split("\n")
    for name, (day, night) in PALETTE.items():
        assert f"--{name}:{day}" in light
        assert f"--{name}:{night}" in media
        assert f"--{name}:{night}" in dark
