"""What a load found, row by row: counted in full, listed up to a limit, so that memory stays flat."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from etl.reasons import VOCABULARY, Kind

LISTED_PER_REASON = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on one row; `x`, `y` in EPSG:5899 where the place is known, for the map of problems."""

    kind: Kind
    code: str
    file: str
    row: int
    detail: str = ""
    x: float | None = None
    y: float | None = None

    @property
    def sentence(self) -> str:
        """The finding in both languages, with its detail."""
        text = VOCABULARY[self.kind][self.code]
        detail = f" ({self.detail})" if self.detail else ""
        return f"{text.vi} · {text.en}{detail}"


@dataclass
class Findings:
    """The findings of one load: `counts` of rows by (kind, code) and the first rows of each."""

    counts: Counter[tuple[Kind, str]] = field(default_factory=Counter)
    listed: list[Finding] = field(default_factory=list)

    def add(
        self,
        kind: Kind,
        code: str,
        file: str,
        rows: NDArray[np.int64] | list[int],
        details: Iterable[str] | None = None,
        places: NDArray[np.float64] | None = None,
    ) -> None:
        """Count `rows` (numbers from 1) under `code`; `details` and `places` (n, 2) belong to the rows in order."""
        before = self.counts[kind, code]
        self.counts[kind, code] = before + len(rows)
        room = max(0, LISTED_PER_REASON - before)
        texts = list(details)[:room] if details is not None else [""] * min(room, len(rows))
        for position, (row, detail) in enumerate(zip(rows[:room], texts, strict=False)):
            x, y = _place(places, position)
            self.listed.append(Finding(kind, code, file, int(row), detail, x, y))

    def total(self, kind: Kind) -> int:
        """How many findings there are of `kind`."""
        return sum(count for (one, _), count in self.counts.items() if one == kind)


def _place(places: NDArray[np.float64] | None, position: int) -> tuple[float | None, float | None]:
    if places is None or not np.isfinite(places[position]).all():
        return None, None
    return float(places[position, 0]), float(places[position, 1])
