"""The report's weighing codes: the page writes and reads them as Python does; what a reader sends arrives."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrion.experiments import Study
from orchestrion.kpis.scorecards import DEPARTMENTS
from orchestrion.kpis.weighing import CRITERIA
from orchestrion.kpis.weighing_codes import NotACode, Weighing, decode, encode, short_name
from orchestrion.reports.sections.weighing import mark_of

pytestmark = pytest.mark.browser

PLACES = {"departments": [one.key for one in DEPARTMENTS], "criteria": [one.key for one in CRITERIA]}
NAMES = ["", "Zoé", "  Jean-Luc d'Or ", "<b>Bo</b>", "李小龍"]
NAMES += ["👩‍🚀 Ada", "a\x07b\u202ec", "é" * 30, "𝔘" * 15, "\u2028x", "\ufeffx"]


@pytest.fixture(scope="module")
def opened(open_page: Any, small_pages: dict[str, Path]) -> Iterator[Any]:
    page = open_page(small_pages["en"])
    yield page
    assert page.trouble == []


def _weighings(count: int) -> list[Weighing]:
    luck = random.Random(11)
    return [
        Weighing(
            f"{luck.randrange(1 << 24):06x}",
            f"{luck.randrange(1 << 24):06x}",
            luck.choice(["", *PLACES["departments"]]),
            {
                key: luck.choice([luck.randrange(1, 10**k) for k in (1, 3, 5, 7)]) / 100
                for key in luck.sample(PLACES["criteria"], luck.randrange(len(CRITERIA) + 1))
            },
            luck.choice(NAMES),
        )
        for _ in range(count)
    ]


def test_the_page_writes_and_reads_codes_as_python_does(opened: Any) -> None:
    told = _weighings(300)
    plain = [{key: getattr(one, key) for key in ("study", "person", "department", "prices", "name")} for one in told]
    written = opened.evaluate("([all, places]) => all.map(one => codes.encode(one, places))", [plain, PLACES])
    assert written == [encode(one) for one in told]
    read = opened.evaluate(
        "([all, marks, places]) => all.map((one, i) => codes.decode(one, marks[i], places))",
        [written, [one.study for one in told], PLACES],
    )
    for one, back in zip(told, read, strict=True):
        assert Weighing(**back) == Weighing(one.study, one.person, one.department, one.prices, short_name(one.name))
    assert opened.evaluate("codes.crc16([...'123456789'].map(s => s.charCodeAt(0)))") == 0x29B1  # the catalogue's check


def test_the_page_refuses_what_python_refuses(opened: Any) -> None:
    luck = random.Random(12)
    texts = ["", "OW1", "OW1-UUUUU", "OW9-00000", "OW1-00000", "hello"]
    for one in _weighings(150):
        code = list(encode(one))
        at = luck.randrange(len(code))
        code[at] = luck.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZOILU-\u2013 ")
        texts.append("".join(code))
    marks = [luck.choice(["a1b2c3", "000000"]) if not text.startswith("OW1") else "a1b2c3" for text in texts]
    expected = []
    for text, mark in zip(texts, marks, strict=True):
        try:
            decode(text, mark)
            expected.append("")
        except NotACode as error:
            expected.append(error.reason)
    found = opened.evaluate(
        "([texts, marks, places]) => texts.map((text, i) => { try { codes.decode(text, marks[i], places); return ''; }"
        " catch (error) { return error.message; } })",
        [texts, marks, PLACES],
    )
    assert found == expected
    assert {"shape", "version", "checksum"} <= set(found)


def test_what_a_reader_sets_is_in_the_code_they_send(opened: Any, small_study: Study) -> None:
    opened.click("#weights button[type=reset]")
    opened.select_option("#code-department", "retail")
    opened.fill("#code-name", "Zoé <b>")
    opened.evaluate(
        "() => { document.getElementById('weight-parcel').value = 0.3; "
        "document.getElementById('weights').dispatchEvent(new Event('input')) }"
    )
    first = decode(opened.input_value("#code"), mark_of(small_study))
    assert (first.department, first.prices, first.name) == ("retail", {"parcel": 0.3}, "Zoé <b>")
    opened.click("#weights button[type=reset]")
    opened.wait_for_timeout(50)
    opened.click("#code-copy")
    opened.wait_for_timeout(50)
    assert opened.text_content("#code-copied")
    second = decode(opened.input_value("#code"), mark_of(small_study))
    assert second.prices == {}
    assert second.person == first.person  # the second replaces the first
