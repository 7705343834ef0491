"""The demo city's calendar: the day it is told of, the days of its aerial images, and days drawn at random."""

from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.datetime64]

TODAY = np.datetime64("2026-11-15")
# Days of the images on which buildings were first seen; those of the first image were there before.
FIRST_IMAGE = np.datetime64("2024-02-20")
LATER_IMAGES = np.array(["2024-08-18", "2025-02-20", "2025-08-19", "2026-04-22", "2026-10-20"], dtype="datetime64[D]")
LAST_IMAGE = LATER_IMAGES[-1]
# From this day the exemptions of the Construction Law 2025, Article 43(2), are in force.
EXEMPTIONS_FROM = np.datetime64("2026-01-01")


def between(rng: np.random.Generator, first: str, last: str, count: int) -> Days:
    """`count` days from `first` to `last`, both possible."""
    start, end = np.datetime64(first), np.datetime64(last)
    return np.asarray(start + span(rng.integers(0, int((end - start).astype(int)) + 1, count)))


def dates(days: Days) -> list[date | None]:
    """`days` as dates; None for not-a-time."""
    return days.astype("datetime64[D]").astype(object).tolist()  # type: ignore[no-any-return]


def moments(times: Days) -> list[datetime | None]:
    """`times` as naive datetimes; None for not-a-time."""
    return times.astype("datetime64[us]").astype(object).tolist()  # type: ignore[no-any-return]


def span(days: NDArray[np.int64] | int) -> NDArray[np.timedelta64]:
    """`days` as a length of time."""
    return np.asarray(days).astype("timedelta64[D]")
