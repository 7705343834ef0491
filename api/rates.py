"""How often an address or an account may ask; counted by each server process for itself."""

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from gis_core.errors import TooManyRequests

_WAIT_SECONDS = 15


class Rates:
    """Requests per minute, by address for those who show no account and by account for the others."""

    def __init__(self, per_address: int, per_account: int) -> None:
        self._limits = {
            "address": RateLimitItemPerMinute(per_address, namespace="address"),
            "account": RateLimitItemPerMinute(per_account, namespace="account"),
        }
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def check_address(self, address: str) -> None:
        """Raises `TooManyRequests` where `address` has used up its minute; counts nothing."""
        if not self._limiter.test(self._limits["address"], address):
            raise _too_many()

    def count(self, kind: str, who: str) -> None:
        """Count a request of the address or account `who`. Raises `TooManyRequests` beyond the limit."""
        if not self._limiter.hit(self._limits[kind], who):
            raise _too_many()


def _too_many() -> TooManyRequests:
    return TooManyRequests(
        "Quá nhiều yêu cầu; hãy chờ một chút. · Too many requests; wait a moment.", retry_after=_WAIT_SECONDS
    )
