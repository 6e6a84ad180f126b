"""Where the customers of a file live: communes found offline by code, postcode or name, or exact points."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.world import Floats, Ints
from orchestrion.geometry import EARTH_RADIUS_KM, unit_vectors

FAR_KM = 30.0  # coordinates farther than this from every commune's centre are abroad or at sea
_CHUNK = 256
_WORDS = {"st": "saint", "ste": "sainte", "s": "sur"}


class Addresses(Protocol):
    """Where people live: columns over communes."""

    @property
    def key(self) -> list[str]: ...
    @property
    def label(self) -> list[str]: ...
    @property
    def lat(self) -> Floats: ...
    @property
    def lon(self) -> Floats: ...
    @property
    def population(self) -> Floats: ...
    @property
    def by_postcode(self) -> dict[str, int]: ...
    @property
    def postcodes(self) -> list[tuple[str, ...]]: ...


def postcode_of(text: str) -> str:
    """A French postcode as it should be: a spreadsheet makes 1400 of 01400, a data frame 1400.0, an export '01400.

    >>> postcode_of("1400"), postcode_of("1400.0"), postcode_of("'01400"), postcode_of("F-75 001")
    ('01400', '01400', '01400', '75001')
    """
    plain = re.sub(r"[\s'’\"=]", "", text.removesuffix(".0")).upper()
    plain = re.sub(r"^F(R|RANCE)?-?(?=\d)", "", plain)
    return plain.zfill(5) if plain.isdigit() else plain


def plain_name(text: str) -> str:
    """A commune's name as it may be compared: no accents, hyphens, capitals, abbreviated saints, CEDEX or district.

    >>> plain_name("St-Étienne-du-Rouvray CEDEX 2"), plain_name("PARIS 9e")
    ('saint etienne du rouvray', 'paris')
    """
    bare = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    bare = "".join(c for c in bare if not unicodedata.combining(c)).casefold()
    bare = re.sub(r"[^a-z0-9]+", " ", bare).strip()
    bare = re.sub(r"\s+cedex.*$|\s+\d+\s*(e|er|eme)?(\s+arrondissement)?$", "", bare)
    return " ".join(_WORDS.get(word, word) for word in bare.split())


class AddressBook:
    """Communes by code, by postcode, by postcode and name, by name."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self._code = {key: i for i, key in enumerate(addresses.key)}

    @cached_property
    def _named(self) -> dict[str, list[int]]:
        named: defaultdict[str, list[int]] = defaultdict(list)
        for i, label in enumerate(self.addresses.label):
            named[plain_name(label)].append(i)
        return dict(named)

    def code(self, text: str) -> int:
        """The commune of an INSEE code, -1 for none."""
        return self._code.get(text.removesuffix(".0").zfill(5) if text else "", -1)

    def find(self, postcode: str, city: str = "") -> int:
        """The commune of a postcode and a name, -1 for none.

        Of the communes of one postcode the one of that name, else the most populous one. A postcode that no commune has
        (a CEDEX) leaves the name: the one commune of that name in the departement, or in the country.
        """
        code = postcode_of(postcode)
        named = self._named.get(plain_name(city), []) if city else []
        place = self.addresses.by_postcode.get(code, -1)
        if place >= 0:
            there = [i for i in named if code in self.addresses.postcodes[i]]
            return there[0] if len(there) == 1 else place
        if code and named:
            named = [i for i in named if self.addresses.key[i][:2] == code[:2]]
        return named[0] if len(named) == 1 else -1


def nearest_communes(points: NDArray[np.float64], addresses: Addresses) -> tuple[Ints, Floats]:
    """The commune nearest to each point (latitude, longitude), and how far it is [km]."""
    communes = unit_vectors(addresses.lat, addresses.lon)
    here = unit_vectors(points[:, 0], points[:, 1])
    near = np.zeros(len(points), np.int64)
    for begin in range(0, len(points), _CHUNK):  # all at once would be gigabytes
        near[begin : begin + _CHUNK] = np.argmax(here[begin : begin + _CHUNK] @ communes.T, axis=1)
    chord = np.linalg.norm(here - communes[near], axis=1)
    return near, np.asarray(2.0 * np.arcsin(np.clip(chord / 2.0, 0.0, 1.0)) * EARTH_RADIUS_KM)
