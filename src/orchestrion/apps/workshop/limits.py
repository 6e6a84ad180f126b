"""How much anybody may ask of the server, and how wrong codes become slower and slower to try."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection and one address may do.

    Attributes
    ----------
    message_bytes
        The largest message.
    burst, per_second
        Messages of one connection: so many at once, and so many a second in the long run.
    joins_burst, joins_per_second
        The same of one address that joins; a room behind one router is one address.
    connections, connections_of_one
        Open sockets in all, and of one address.
    free_tries, first_wait_s, longest_wait_s
        Wrong codes of one address before it has to wait; the wait doubles with each further one.
    """

    message_bytes: int = 16_384
    burst: int = 40
    per_second: float = 8.0
    joins_burst: int = 60
    joins_per_second: float = 1.0
    connections: int = 1_000
    connections_of_one: int = 400
    free_tries: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 300.0


class Bucket:
    """Lets `burst` through at once and `rate` a second after that.

    >>> now = [0.0]
    >>> bucket = Bucket(2, 1.0, lambda: now[0])
    >>> [bucket.takes() for _ in range(3)]
    [True, True, False]
    >>> now[0] = 1.5
    >>> bucket.takes(), bucket.takes()
    (True, False)
    """

    def __init__(self, burst: int, rate: float, clock: Clock = time.monotonic) -> None:
        self._burst, self._rate, self._clock = burst, rate, clock
        self._left, self._then = float(burst), clock()

    def takes(self) -> bool:
        """Whether one more may pass now."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._then) * self._rate)
        self._then = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Patience:
    """Wrong codes by address.

    >>> now = [0.0]
    >>> patience = Patience(Limits(free_tries=1), lambda: now[0])
    >>> patience.wrong("a"); patience.wait("a")
    0.0
    >>> patience.wrong("a"); patience.wrong("a"); patience.wait("a"), patience.wait("b")
    (2.0, 0.0)
    """

    def __init__(self, limits: Limits, clock: Clock = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()  # address -> how many, free again at

    def wait(self, address: str) -> float:
        """Seconds until this address may try a code again; 0 when it may now."""
        _, until = self._wrong.get(address, (0, 0.0))
        return max(0.0, until - self._clock())

    def wrong(self, address: str) -> None:
        """It tried a wrong one."""
        count = self._wrong.get(address, (0, 0.0))[0] + 1
        beyond = count - self._limits.free_tries
        wait = 0.0
        if beyond > 0:
            wait = min(self._limits.longest_wait_s, self._limits.first_wait_s * 2.0 ** min(beyond - 1, 30))
        self._wrong[address] = (count, self._clock() + wait)
        self._wrong.move_to_end(address)
        while len(self._wrong) > 10_000:
            self._wrong.popitem(last=False)

    def right(self, address: str) -> None:
        """It knows the code."""
        self._wrong.pop(address, None)
