"""How often somebody may ask: counted in memory, so that it begins anew with the process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

#: so many of those who asked last are remembered
_REMEMBERED = 20_000
#: whoever has an IPv6 address has all those that begin like it
_PREFIX = 64


@dataclass(frozen=True)
class Rate:
    """So many at once, and as many again in that many seconds."""

    most: int
    seconds: float


class RateLimits:
    """Counts what was asked, by what it is and who asks."""

    def __init__(self, rates: dict[str, Rate], clock: Callable[[], float] = time.monotonic) -> None:
        self._rates, self._clock = rates, clock
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, what: str, who: str) -> bool:
        """Whether this may be asked once more, which is counted."""
        rate, now = self._rates[what], self._clock()
        with self._lock:
            left, at = self._left.pop((what, who), (float(rate.most), now))
            left = min(rate.most, left + (now - at) * rate.most / rate.seconds)
            self._left[what, who] = (left - 1 if left >= 1 else left, now)
            while len(self._left) > _REMEMBERED:
                self._left.popitem(last=False)
        return left >= 1


def network_of(host: str | None) -> str:
    """Who asks, by address: an IPv4 address, the network of an IPv6 one."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> (128 - _PREFIX) << (128 - _PREFIX))}/{_PREFIX}"
    return str(address)
