"""Weighing codes: what goes in comes out, what was damaged is noticed, what belongs elsewhere is refused."""

from __future__ import annotations

import base64
import binascii
import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrion.kpis.scorecards import DEPARTMENTS
from orchestrion.kpis.weighing import CRITERIA
from orchestrion.kpis.weighing_codes import LARGEST, SIGNS, NotACode, Weighing, decode, encode, find, short_name

MARK = "a1b2c3"
PRICES = st.dictionaries(
    st.sampled_from([one.key for one in CRITERIA]), st.integers(1, round(100 * LARGEST)).map(lambda cents: cents / 100)
)
WEIGHINGS = st.builds(
    Weighing,
    st.just(MARK),
    st.binary(min_size=3, max_size=3).map(bytes.hex),
    st.sampled_from(["", *(one.key for one in DEPARTMENTS)]),
    PRICES,
    st.text(max_size=30).map(short_name),
)


@given(WEIGHINGS)
def test_what_goes_in_comes_out(weighing: Weighing) -> None:
    assert decode(encode(weighing), MARK) == weighing


@given(WEIGHINGS)
def test_the_signs_are_those_of_the_standard_base_32(weighing: Weighing) -> None:
    """RFC 4648's alphabet and Crockford's name the same five bits: Python's own decoder reads the code."""
    signs = encode(weighing).removeprefix("OW1").replace("-", "")
    standard = signs.translate(str.maketrans(SIGNS, string.ascii_uppercase + "234567"))
    data = base64.b32decode(standard + "=" * (-len(standard) % 8))
    assert data[:3].hex() == MARK
    assert binascii.crc_hqx(data[:-2], 0xFFFF) == int.from_bytes(data[-2:], "big")


@given(WEIGHINGS, st.data())
def test_one_wrong_sign_or_two_exchanged_are_noticed(weighing: Weighing, data: st.DataObject) -> None:
    signs = list(encode(weighing))
    places = [i for i, sign in enumerate(signs) if i > 3 and sign != "-"]
    at = data.draw(st.sampled_from(places))
    wrong = signs.copy()
    wrong[at] = data.draw(st.sampled_from([sign for sign in SIGNS if sign != signs[at]]))
    with pytest.raises(NotACode):
        decode("".join(wrong), MARK)
    pairs = [(a, b) for a, b in itertools.pairwise(places) if signs[a] != signs[b]]
    a, b = data.draw(st.sampled_from(pairs))
    signs[a], signs[b] = signs[b], signs[a]
    with pytest.raises(NotACode):
        decode("".join(signs), MARK)


@given(st.lists(WEIGHINGS, min_size=1, max_size=4), st.text(alphabet="abc :;,.\n>", max_size=12))
def test_codes_are_found_in_what_a_mail_program_makes_of_them(told: list[Weighing], between: str) -> None:
    text = "Bonjour, mon code : "
    for i, one in enumerate(told):
        code = encode(one)
        made = [code, code.lower(), code.replace("-", "\u2013"), code.replace("-", "-\n", 2)]
        text += made[i % 4] + " " + between + "\n"
    assert [decode(code, MARK) for code in find(text)] == told


def test_a_person_reads_o_for_nought_and_l_for_one() -> None:
    code = encode(Weighing(MARK, "000001", "it", {"parcel": 0.1}))
    written = "OW1" + code[3:].replace("0", "O").replace("1", "l")
    assert decode(written, MARK) == decode(code, MARK)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "shape"),
        ("OW1", "shape"),
        ("OW1-", "shape"),
        ("OW1-UUUUU", "shape"),
        ("OW1-00000", "checksum"),
        ("OW9-00000-00000", "version"),
        ("<b>OW1-00000</b>", "shape"),
    ],
)
def test_what_is_no_code_says_why(text: str, reason: str) -> None:
    with pytest.raises(NotACode) as caught:
        decode(text, MARK)
    assert caught.value.reason == reason


def test_a_code_of_another_study_is_refused() -> None:
    code = encode(Weighing("a1b2c4", "000001", "it", {"parcel": 0.1}))
    with pytest.raises(NotACode) as caught:
        decode(code, MARK)
    assert caught.value.reason == "study"


def _sealed(body: bytes) -> str:
    data = body + binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "big")
    standard = base64.b32encode(data).decode().rstrip("=")
    return "OW1-" + "-".join(
        standard.translate(str.maketrans(string.ascii_uppercase + "234567", SIGNS))[i : i + 5]
        for i in range(0, len(standard), 5)
    )


@pytest.mark.parametrize(
    "body",
    [
        b"\x09\x00\x00\x00",  # a department that does not exist
        b"\x01\x00\xfc\x00",  # criteria that do not exist
        b"\x01\x01\x00\xff\xff\xff\xff\x7f\x00",  # a price beyond all bounds
        b"\x01\x01\x00\xff",  # a price that does not end
        b"\x01\x00\x00\x05ab",  # a name shorter than told
        b"\x01\x00\x00\x02ab ",  # more than the name
        b"\x01\x00\x00\x02\xff\xfe",  # not UTF-8
        b"\x01\x00\x00\x02a\x07",  # a bell in the name
    ],
    ids=["department", "criteria", "price", "endless", "short", "more", "bytes", "bell"],
)
def test_a_forged_code_with_a_right_checksum_is_refused_all_the_same(body: bytes) -> None:
    with pytest.raises(NotACode):
        decode(_sealed(bytes.fromhex(MARK) + b"\x00\x00\x01" + body), MARK)


def test_a_price_out_of_bounds_is_not_written() -> None:
    for price in (-1.0, LARGEST + 1.0):
        with pytest.raises(ValueError, match="a price between"):
            encode(Weighing(MARK, "000001", "it", {"parcel": price}))
