"""Randomness by name: a stream for each purpose, so that adding one shifts no other.

Two kinds. *Generators* draw what customers want, in blocks. *Luck* is drawn by counter from (seed,
replication, purpose, request, hop): whoever asks, in whatever order, gets the same number, so that every policy
meets the same mishaps.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MASK = 0xFFFFFFFFFFFFFFFF
_GOLDEN = 0x9E3779B97F4A7C15
_BLOCK = 1 << 14


class Streams:
    """All randomness of one replication.

    >>> s = Streams(seed=7, replication=0)
    >>> s.luck("pick", 41) == s.lucks("pick", np.array([40, 41]))[1]
    np.True_
    >>> s.luck("pick", 41) != s.luck("pick", 41, hop=1)
    True
    """

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication
        self._keys: dict[str, int] = {}

    def apart(self, name: str) -> Streams:
        """Streams of somebody who must not see this luck: a policy's own, say.

        >>> Streams(7, 0).apart("policy").luck("pick", 41) != Streams(7, 0).luck("pick", 41)
        True
        """
        entropy = [self.seed, self.replication, zlib.crc32(name.encode())]
        seed, replication = np.random.SeedSequence(entropy).generate_state(2, np.uint64).tolist()
        return Streams(seed, replication)

    def generator(self, name: str, *counters: int) -> np.random.Generator:
        """A NumPy generator for a named purpose (and, where given, its day, week or node)."""
        entropy = [self.seed, self.replication, zlib.crc32(name.encode()), *counters]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))

    def _key(self, purpose: str) -> int:
        key = self._keys.get(purpose)
        if key is None:
            state = np.random.SeedSequence([self.seed, self.replication, zlib.crc32(purpose.encode())])
            key = self._keys[purpose] = int(state.generate_state(1, np.uint64)[0])
        return key

    def luck(self, purpose: str, counter: int, hop: int = 0) -> float:
        """A uniform number in [0, 1) that belongs to (purpose, counter, hop) alone."""
        key = self._keys.get(purpose)
        if key is None:
            key = self._key(purpose)
        z = (key + (counter + 1) * _GOLDEN + hop * 0xD1B54A32D192ED03) & _MASK
        # the finaliser of SplitMix64 (Steele, Lea, Flood 2014), in which each input bit moves half of the output bits;
        # written out, since this is asked for a hundred times an order
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((z ^ (z >> 31)) >> 11) * 2.0**-53

    def lucks(self, purpose: str, counters: NDArray[np.integer[Any]], hop: int = 0) -> NDArray[np.float64]:
        """`luck` for a whole column of counters at once; the same numbers."""
        key = np.uint64((self._key(purpose) + hop * 0xD1B54A32D192ED03) & _MASK)
        counters = np.asarray(counters)
        drawn = np.empty(counters.shape)
        flat, into = counters.reshape(-1), drawn.reshape(-1)
        for begin in range(0, len(flat), _BLOCK):  # in pieces that stay in the processor's cache
            z = flat[begin : begin + _BLOCK].astype(np.uint64)
            z += np.uint64(1)
            z *= np.uint64(_GOLDEN)
            z += key
            z ^= z >> np.uint64(30)
            z *= np.uint64(0xBF58476D1CE4E5B9)
            z ^= z >> np.uint64(27)
            z *= np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
            z >>= np.uint64(11)
            np.multiply(z, 2.0**-53, out=into[begin : begin + _BLOCK])
        return drawn
