"""Weighing codes: what one person would pay, as a short text to send to whoever runs the workshop.

    OW1-04T8K-3QVXE-...

Crockford's base 32 (no I, L, O or U; case does not matter; O is read as 0, I and L as 1) over these bytes:

| bytes | what |
|---|---|
| 3 | the study it weighs (`study_mark`) |
| 3 | the person: drawn once by their browser, so that a second code of the same person replaces the first |
| 1 | the department, as a place in `scorecards.DEPARTMENTS` counted from 1; 0: not told |
| 2 | which criteria have a price, one bit for each place in `weighing.CRITERIA` |
| 1-4 each | their prices in hundredths of a euro, seven bits a byte, the lowest first (LEB128) |
| 1 + n | the name in UTF-8 and its length |
| 2 | CRC-16/CCITT-FALSE of all before: a changed character, or two exchanged, is always noticed |

The `1` of the prefix is the version. `reports/static/codes.js` writes and reads the same; tests hold the two together.
"""

from __future__ import annotations

import binascii
import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestrion.kpis.scorecards import DEPARTMENTS
from orchestrion.kpis.weighing import CRITERIA

PREFIX = "OW1"
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LONGEST_NAME = 40  # bytes of UTF-8
LARGEST = 99_999.99  # euros for one unit of anything
_LIKE = str.maketrans("OIL", "011")
_GROUP = 5
_DASH = "[-\u2010\u2011\u2013\u2014]"  # what phones make of a hyphen
_SHAPE = re.compile(rf"\bOW(\d+)((?:{_DASH}(?:[^\S\n]*\n\s*)?[0-9A-Z]{{1,5}})+)(?![0-9A-Z])", re.IGNORECASE)


class NotACode(ValueError):
    """A text that is no code of this study; `reason` is shape, version, checksum, study or content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Weighing:
    """What a code says.

    Attributes
    ----------
    study, person
        Six and six hexadecimal digits.
    department
        A key of `scorecards.DEPARTMENTS`; empty when not told.
    prices
        Criterion -> euros, rounded to the cent; those not named are zero.
    name
        May be empty.
    """

    study: str
    person: str
    department: str
    prices: Mapping[str, float]
    name: str = ""


def study_mark(labels: Iterable[str], hashes: Iterable[str], seed: object) -> str:
    """The six hexadecimal digits by which a code knows its study: alternatives, their documents, the seed.

    >>> study_mark(["a", "b"], ["00", "01"], 7)
    'f13c8b'
    """
    told = "\n".join([*labels, *hashes, str(seed)])
    return hashlib.sha256(told.encode()).hexdigest()[:6]


def short_name(name: str) -> str:
    """A name without what cannot be seen, cut at `LONGEST_NAME` bytes, never inside a letter."""
    seen = "".join(sign for sign in name if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co")).strip()
    return seen.encode()[:LONGEST_NAME].decode(errors="ignore").strip()


def encode(weighing: Weighing) -> str:
    """The code of a weighing.

    >>> told = Weighing("a1b2c3", "00002a", "retail", {"store_hour": 12.5, "parcel": 0.3}, "Zoé")
    >>> encode(told)
    'OW1-M6SC6-00058-18G07-214F0-8PKFR-EMXRV-G'
    """
    departments = [one.key for one in DEPARTMENTS]
    data = bytearray(bytes.fromhex(weighing.study) + bytes.fromhex(weighing.person))
    data.append(departments.index(weighing.department) + 1 if weighing.department else 0)
    cents = [math.floor(100 * weighing.prices.get(one.key, 0.0) + 0.5) for one in CRITERIA]
    data += sum(1 << place for place, price in enumerate(cents) if price).to_bytes(2, "little")
    for price in filter(None, cents):
        data += _leb128(price)
    name = short_name(weighing.name).encode()
    data.append(len(name))
    data += name
    data += binascii.crc_hqx(bytes(data), 0xFFFF).to_bytes(2, "big")
    signs = _base32(bytes(data))
    groups = [signs[i : i + _GROUP] for i in range(0, len(signs), _GROUP)]
    return "-".join([PREFIX, *groups])


def decode(code: str, study: str) -> Weighing:
    """What a code says.

    Raises
    ------
    NotACode
        When it is none, was damaged, or weighs another study.
    """
    found = _SHAPE.fullmatch(code.strip())
    if not found:
        raise NotACode("shape")
    if found[1] != PREFIX[2:]:
        raise NotACode("version")
    data = _bytes(re.sub(rf"{_DASH}|\s", "", found[2]))
    if len(data) < 12 or binascii.crc_hqx(data[:-2], 0xFFFF).to_bytes(2, "big") != data[-2:]:
        raise NotACode("checksum")
    if data[:3].hex() != study:
        raise NotACode("study")
    try:
        return _read(data[:-2])
    except (IndexError, UnicodeDecodeError):
        raise NotACode("content") from None


def find(text: str) -> list[str]:
    """The codes in a text, mails and signatures around them and lines broken after a hyphen included.

    >>> find("Voici : OW1-M6SC6-\\n0015 merci")
    ['OW1-M6SC6-0015']
    """
    return [re.sub(rf"{_DASH}\s*", "-", found[0]).upper() for found in _SHAPE.finditer(text)]


def _read(data: bytes) -> Weighing:
    place, which = data[6], int.from_bytes(data[7:9], "little")
    if place > len(DEPARTMENTS) or which >> len(CRITERIA):
        raise NotACode("content")
    at = 9
    prices = {}
    for bit, criterion in enumerate(CRITERIA):
        if which >> bit & 1:
            cents, at = _from_leb128(data, at)
            prices[criterion.key] = cents / 100
    length = data[at]
    name = data[at + 1 :].decode()
    if length != len(data) - at - 1 or name != short_name(name) or any(price > LARGEST for price in prices.values()):
        raise NotACode("content")
    department = DEPARTMENTS[place - 1].key if place else ""
    return Weighing(data[:3].hex(), data[3:6].hex(), department, prices, name)


def _leb128(number: int) -> bytes:
    if not 0 <= number <= round(100 * LARGEST):
        raise ValueError(f"a price between 0 and {LARGEST:.2f} euros, not {number / 100:.2f}")
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def _from_leb128(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return number, at
        if shift > 28:  # longer than any price
            raise NotACode("content")


def _base32(data: bytes) -> str:
    count = math.ceil(len(data) * 8 / 5)
    number = int.from_bytes(data, "big") << (5 * count - 8 * len(data))
    return "".join(SIGNS[number >> 5 * (count - 1 - i) & 31] for i in range(count))


def _bytes(signs: str) -> bytes:
    number = 0
    for sign in signs.upper().translate(_LIKE):
        if sign not in SIGNS:
            raise NotACode("shape")
        number = number << 5 | SIGNS.index(sign)
    length = len(signs) * 5 // 8
    rest = len(signs) * 5 - 8 * length
    if rest >= 5 or number & ((1 << rest) - 1):
        raise NotACode("shape")  # bits that no encoder leaves behind
    return (number >> rest).to_bytes(length, "big")
