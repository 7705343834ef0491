"""Streets: runs of lattice edges under one name, and the alleys that branch off; written as layer `roads`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from etl.demo.blocks import Ground
from etl.demo.chance import Bools, Floats, Ints
from etl.demo.lattice import HALF_WIDTHS
from etl.demo.names import streets as street_names
from etl.demo.site import Site
from etl.demo.templates import ALLEY_HALF_WIDTHS
from etl.demo.wards import unit_positions

_EDGES_UNDER_ONE_NAME = {"trunk": 34, "secondary": 20, "tertiary": 13, "residential": 8}
_IMPORTANCE = {"trunk": 3, "secondary": 2, "tertiary": 1, "residential": 0}
_SPEED = {"trunk": 60, "secondary": 50, "tertiary": 50, "residential": 40}


@dataclass(frozen=True)
class Streets:
    """`street`: number of the street each edge belongs to, -1 for none; `offset`: metres from its start to the edge.

    Streets run and are numbered from north to south and from east to west (TT 08/2024/TT-BXD), so along every edge
    against its own direction.
    """

    names: list[str]
    street: Ints
    offset: Floats
    ends: Floats
    edge_class: list[str]
    oneway: Bools

    @property
    def lengths(self) -> Floats:
        """Length of each edge in metres."""
        return np.asarray(np.linalg.norm(self.ends[:, 1] - self.ends[:, 0], axis=1))


def make_streets(site: Site, rng: np.random.Generator) -> Streets:
    """The streets along every block in use, and the main roads between them."""
    lattice, ends = site.lattice, site.lattice.edge_ends()
    edge_class = lattice.edge_classes()
    exists = _existing(site, ends, edge_class)
    lengths = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    street, offset = np.full(len(ends), -1), np.zeros(len(ends))
    runs: list[list[int]] = []
    for line, kind in _lines(site):
        runs += _runs(line, exists, _EDGES_UNDER_ONE_NAME[kind])
    away = np.linalg.norm(ends.mean(axis=1) - site.centre, axis=1) / site.half
    # The best-known names go to the widest, longest and most central streets.
    runs.sort(key=lambda run: away[run].mean() - 0.25 * _IMPORTANCE[edge_class[run[0]]] - 0.02 * len(run))
    for number, run in enumerate(runs):
        street[run] = number
        offset[run] = np.concatenate([[0.0], np.cumsum(lengths[run])[:-1]])
    names = street_names(len(runs))
    # One-way pairs are made in the centre, on streets that are neither national nor provincial roads.
    central = np.array([edge_class[run[0]] == "residential" and away[run].mean() < 0.3 for run in runs], dtype=bool)
    oneway = np.append(central & (rng.random(len(runs)) < 0.3), False)[street]
    return Streets(names, street, offset, ends, edge_class, oneway)


def _existing(site: Site, ends: Floats, edge_class: list[str]) -> Bools:
    used = site.ground != Ground.WILD
    edges = site.lattice.cell_edges()
    beside = np.zeros(len(ends), dtype=bool)
    built = used & (site.ground != Ground.FOREST)
    beside[edges[built].ravel()] = True
    away = np.linalg.norm(unit_positions(site.lattice), axis=1)
    within = np.zeros(len(ends), dtype=bool)
    within[edges[away <= away[used].max(initial=0)].ravel()] = True
    main = within & (np.array(edge_class) != "residential")
    water = site.waters.areas.buffer(4)
    shapely.prepare(water)
    return np.asarray((beside | main) & ~shapely.intersects(water, shapely.linestrings(ends)))


def _lines(site: Site) -> list[tuple[Ints, str]]:
    """Edge numbers of each lattice line from its north or east end, with the line's class."""
    lattice, first = site.lattice, site.lattice.first_column_edge
    rows = [(np.arange(lattice.columns)[::-1] + j * lattice.columns, kind) for j, kind in enumerate(lattice.row_class)]
    columns = [
        (first + np.arange(lattice.rows)[::-1] * (lattice.columns + 1) + i, kind)
        for i, kind in enumerate(lattice.column_class)
    ]
    return rows + columns


def _runs(line: Ints, exists: Bools, longest: int) -> list[list[int]]:
    """The existing edges of `line` in order, cut at gaps and after about `longest` edges."""
    runs: list[list[int]] = []
    for group in np.split(line, np.flatnonzero(~exists[line])):
        edges = [int(edge) for edge in group if exists[edge]]
        pieces = max(round(len(edges) / longest), 1)
        runs += [part.tolist() for part in np.array_split(np.array(edges, dtype=int), pieces) if len(part)]
    return runs


def road_features(site: Site, streets: Streets, alley_path: list[str | None]) -> tuple[Mapping[str, Any], list[Any]]:
    """Columns and lines of layer `roads`; lines that meet share a vertex."""
    edges = np.flatnonzero(streets.street >= 0)
    alleys = np.flatnonzero(site.alleys.block >= 0)
    root = _roots(site, len(streets.street))
    kinds = [streets.edge_class[edge] for edge in edges]
    levels = site.alleys.level[alleys]
    half = [HALF_WIDTHS[kind] for kind in kinds] + [ALLEY_HALF_WIDTHS[int(level)] for level in levels]
    named = [streets.names[streets.street[edge]] for edge in edges]
    named += [_alley_name(streets, root[k], alley_path[k]) for k in alleys]
    count, extra = len(edges), len(alleys)
    columns = {
        "street_name": named,
        "ref": ["QL20" if kind == "trunk" else None for kind in kinds] + [None] * extra,
        "road_class": kinds + ["alley"] * extra,
        # A street is digitised along its edges' own direction, which is against its numbering.
        "oneway": [int(streets.oneway[edge]) for edge in edges] + [0] * extra,
        "surface": ["asphalt"] * count + np.where(levels == 3, "earth", "concrete").tolist(),
        "width_m": [2 * one for one in half],
        "lanes": [2] * count + [1] * extra,
        "max_speed_kmh": [float(_SPEED[kind]) for kind in kinds] + [20.0] * extra,
        "car": [True] * count + (levels == 1).tolist(),
        "motorbike": [True] * (count + extra),
        "bridge": [False] * (count + extra),
        "tunnel": [False] * (count + extra),
        # Negative as OpenStreetMap's editors number objects that it does not know.
        "osm_id": [-number for number in range(1, count + extra + 1)],
    }
    return columns, _shared_vertices(site, streets, edges, alleys)


def _alley_name(streets: Streets, edge: int, path: str | None) -> str | None:
    street = streets.street[edge]
    return f"Hẻm {path} {streets.names[street]}" if path and street >= 0 else None


def _roots(site: Site, edges: int) -> Ints:
    """For each alley the street edge that its alleys branch off from."""
    parent = site.alleys.parent
    root = parent.copy()
    for _ in range(2):
        root = np.where(root >= edges, parent[np.maximum(root - edges, 0)], root)
    return np.asarray(root)


def _shared_vertices(site: Site, streets: Streets, edges: Ints, alleys: Ints) -> list[Any]:
    ends = np.concatenate([streets.ends, site.alleys.ends])
    chosen = np.concatenate([edges, alleys + len(streets.ends)])
    mouths = site.alleys.ends[alleys, 0]
    parent = site.alleys.parent[alleys]
    line = np.concatenate([np.repeat(chosen, 2), parent])
    points = np.concatenate([ends[chosen].reshape(-1, 2), mouths])
    along = np.linalg.norm(points - ends[line, 0], axis=1)
    order = np.lexsort((along, line))
    line, points = line[order], points[order]
    known = np.isin(line, chosen)
    line, points = line[known], points[known]
    number = np.searchsorted(np.sort(chosen), line)
    lines = np.asarray(shapely.linestrings(points, indices=number))
    return list(lines[np.searchsorted(np.sort(chosen), chosen)])
