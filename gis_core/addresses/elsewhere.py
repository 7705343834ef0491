"""Communes of the province outside of the city: what an address there names, and what it has become."""

from collections.abc import Iterator, Sequence

from rapidfuzz.distance import OSA

from gis_core.addresses.folding import fold
from gis_core.addresses.gazetteer import Gazetteer
from gis_core.addresses.names import Commune, Elsewhere
from gis_core.addresses.tokens import Token

_LONGEST = 6


def commune(tokens: Sequence[Token], known: Gazetteer, away: Elsewhere) -> tuple[Commune, int] | None:
    """The commune of the district or province `away` that the tokens name, and the letters wrong in its name."""
    runs = ["".join(one.folded for one in run) for run in _runs(tokens)]
    found = [
        (_is_district(one, away), edits, -len(one.core), one)
        for one in known.communes
        if _lies_in(one, away) and (edits := _edits(one, runs)) is not None
    ]
    if not found:
        return None
    _, edits, _, best = min(found, key=lambda entry: entry[:3])
    return best, edits


def _lies_in(one: Commune, away: Elsewhere) -> bool:
    # New communes have no district; those that took its place bear its name.
    return away.name in (one.district, one.province) or (not one.district and _is_district(one, away))


def _is_district(one: Commune, away: Elsewhere) -> bool:
    return not one.district and fold(one.name).endswith(fold(away.name).split(" ", 1)[-1][-6:])


def _edits(one: Commune, runs: Sequence[str]) -> int | None:
    """The least number of letters in which a run differs from the commune's name, None where all differ in too many."""
    core = one.core.replace(" ", "")
    limit = 0 if len(core) < 5 or core[0].isdigit() else 1 if len(core) < 9 else 2
    near = [edits for typed in runs if (edits := OSA.distance(typed, core, score_cutoff=limit)) <= limit]
    return min(near, default=None)


def _runs(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    for start in range(len(tokens)):
        for end in range(start + 1, min(len(tokens), start + _LONGEST) + 1):
            yield tokens[start:end]
