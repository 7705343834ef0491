"""The result of a load, as it is kept in the database and shown in reports."""

import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from etl.findings import Findings
from etl.reasons import VOCABULARY
from gis_core.errors import LoadRefused
from gis_core.layer import Layer

Outcome = Literal["loaded", "refused", "tried"]


@dataclass
class Counts:
    """Rows by what became of them; `skipped` were not wanted by the filling, `purposes` are detail rows of parcels."""

    read: int = 0
    skipped: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    purposes: int = 0


@dataclass
class LoadResult:
    """What one load did. `columns` says which column filled which field, `ignored` which were not used."""

    id: uuid.UUID
    layer: Layer
    files: tuple[str, ...]
    source: str
    actor: str
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    finished_at: datetime | None = None
    outcome: Outcome = "refused"
    message: str | None = None
    counts: Counts = field(default_factory=Counts)
    findings: Findings = field(default_factory=Findings)
    columns: dict[str, str] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    crs: dict[str, str] = field(default_factory=dict)
    overlap_m2: float = 0.0

    def finish(self, outcome: Outcome, message: str | None) -> None:
        """Settle the outcome; a refused load has loaded nothing."""
        self.outcome, self.message, self.finished_at = outcome, message, datetime.now(UTC)
        if outcome == "refused":
            self.counts.inserted = self.counts.updated = self.counts.unchanged = 0

    def reasons(self) -> list[dict[str, Any]]:
        """The counted findings: kind, code, count and the two texts, most frequent first within each kind."""
        return [
            {
                "kind": kind,
                "code": code,
                "count": count,
                "vi": VOCABULARY[kind][code].vi,
                "en": VOCABULARY[kind][code].en,
            }
            for (kind, code), count in sorted(self.findings.counts.items(), key=lambda item: (item[0][0], -item[1]))
            if count
        ]

    def refusal_sentence(self, wanted: int) -> str:
        """One sentence on why too many rows were refused, with the first row of the most frequent reason."""
        refused = self.findings.total("refused")
        reasons = [one for one in self.reasons() if one["kind"] == "refused"]
        first = next(one for one in self.findings.listed if one.kind == "refused" and one.code == reasons[0]["code"])
        listed_vi = "; ".join(f"{one['vi']}: {one['count']}" for one in reasons[:3])
        listed_en = "; ".join(f"{one['en']}: {one['count']}" for one in reasons[:3])
        detail = f" ({first.detail})" if first.detail else ""
        return (
            f"từ chối {refused}/{wanted} hàng nên không nạp gì ({listed_vi}; ví dụ hàng {first.row}{detail}). · "
            f"{refused} of {wanted} rows are refused, so nothing was loaded "
            f"({listed_en}; e.g. row {first.row}{detail})."
        )

    def row(self) -> dict[str, Any]:
        """The row of `platform.load_report`."""
        return {
            "id": self.id, "layer": self.layer.id, "files": list(self.files), "source": self.source,
            "started_at": self.started_at, "finished_at": self.finished_at, "actor": self.actor,
            "outcome": self.outcome, "message": self.message, "counts": self.figures(),
        }  # fmt: skip

    def figures(self) -> dict[str, Any]:
        """All counts, with those of each reason under `reasons`."""
        return {
            **asdict(self.counts),
            "reasons": self.reasons(),
            "overlap_m2": round(self.overlap_m2, 1),
            "crs": self.crs,
        }


class LoadOfFilesRefused(LoadRefused):
    """Files were refused as a whole; `result` tells what was found in them until then."""

    def __init__(self, message: str, result: LoadResult) -> None:
        super().__init__(message)
        self.result = result
