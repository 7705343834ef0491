"""What only the whole load can tell: duplicates, references, wards by location, overlaps. All set-wise in PostGIS."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from psycopg2 import sql

from etl.findings import Findings
from etl.reasons import REFUSED, Kind
from etl.staging import Staging, reference_fields

OVERLAP_ROWS = 30_000
"""Up to this many rows overlaps are looked for among all pairs; beyond, for this many rows chosen evenly."""
OVERLAP_M2 = 1.0
"""Overlaps below one square metre come from digitising and from the 1 m accuracy of the datum shift."""


@dataclass(frozen=True)
class Settling:
    """The load whose staged rows are settled, through a psycopg2 `cursor`."""

    cursor: Any
    staging: Staging
    load_id: str
    source: str
    files: Sequence[str]
    findings: Findings

    def settle(self, *, keyed: bool) -> None:
        """Refuse duplicates and dangling references, fill wards; `keyed`: references come from a declared key."""
        # Statistics of geometries would cost more than they help here.
        self.cursor.execute("analyze staging (file_no, row_number, source_ref)")
        if self.staging.spatial:
            self.cursor.execute(_REPEATED_GEOMETRIES)
        self._refuse_repeated("duplicate_key" if keyed else "duplicate_row", _REPEATED_REF)
        if self.staging.spatial and self.staging.layer.shape in ("MultiPolygon", "MultiLineString"):
            if keyed:
                self._refuse_repeated("duplicate_row", self._repeated_content())
            self._tell("remarked", "same_geometry", _SAME_GEOMETRY)
        for name, layer, required in reference_fields(self.staging.layer, self.staging.fields):
            self._resolve(name, layer, required=required)
        if "ward_code" in self.staging.fields and self.staging.spatial:
            self._fill_wards()

    def _refuse_repeated(self, code: str, repeated: sql.Composable) -> None:
        text = REFUSED[code]
        geometry = sql.SQL("st_setsrid(gone.geom, 0)" if self.staging.spatial else "null")
        self.cursor.execute(
            sql.SQL(_QUARANTINE).format(rows=repeated, geom=geometry),
            {
                "load": self.load_id, "layer": self.staging.layer.id, "files": list(self.files), "code": code,
                "vi": text.vi, "en": text.en,
            },
        )  # fmt: skip
        self._add("refused", code)

    def _repeated_content(self) -> sql.Composable:
        """Rows that repeat the geometry and everything but the key of an earlier row."""
        key = {*self.staging.layer.source.key, "parcel_uid"}
        rest = [name for name in self.staging.fields if name not in key]
        compared = sql.SQL(", ").join(sql.Identifier(name) for name in ("geom", *rest))
        # Only rows whose geometry occurs twice are compared in full.
        return sql.SQL(
            "select staging.ctid from staging join (select ctid,"
            " row_number() over (partition by {} order by file_no, row_number) as occurrence from staging"
            " where geom in (table repeated_geometries))"
            " as ranked on ranked.ctid = staging.ctid where ranked.occurrence > 1"
        ).format(compared)

    def _resolve(self, name: str, layer: str, *, required: bool) -> None:
        parts = {"field": sql.Identifier(name), "target": sql.Identifier("city", layer)}
        self.cursor.execute(sql.SQL(_RESOLVE).format(**parts), {"source": self.source})
        if required:
            self._refuse_repeated(
                "unresolved_reference",
                sql.SQL("select ctid from staging where starts_with({field}, '?')").format(**parts),
            )
        else:
            self._tell("remarked", "dangling_reference", sql.SQL(_UNRESOLVED).format(**parts))
        self.cursor.execute(
            sql.SQL("update staging set {field} = null where starts_with({field}, '?')").format(**parts)
        )
        self.cursor.execute(
            sql.SQL("alter table staging alter column {field} type bigint using {field}::bigint").format(**parts)
        )

    def _fill_wards(self) -> None:
        self.cursor.execute(_FILL_WARDS)
        self._add("repaired", "ward_filled")
        self._tell("remarked", "ward_unknown", _WITHOUT_WARD)

    def _tell(self, kind: Kind, code: str, query: str | sql.Composable) -> None:
        self.cursor.execute(query)
        self._add(kind, code)

    def _add(self, kind: Kind, code: str) -> None:
        """Tell the rows (file_no, row_number, detail, x, y) that the last statement returned."""
        by_file: dict[int, list[tuple[int, str, float | None, float | None]]] = {}
        for file_no, row, detail, x, y in self.cursor:
            by_file.setdefault(file_no, []).append((row, detail or "", x, y))
        for file_no, rows in by_file.items():
            self.findings.add(
                kind,
                code,
                self.files[file_no],
                [row for row, *_ in rows],
                [detail for _, detail, *_ in rows],
                _places(rows),
            )

    def overlaps(self) -> float:
        """Tell the overlaps among the loaded rows; returns the overlapping area in m²."""
        self.cursor.execute("select count(*) from staging")
        (count,) = self.cursor.fetchone()
        self.cursor.execute(_OVERLAP_TABLE, {"share": min(1.0, OVERLAP_ROWS / max(1, count))})
        self.cursor.execute("create index on overlapping using gist (geom)")
        self.cursor.execute("analyze overlapping")
        self._tell("remarked", "overlap", sql.SQL(_OVERLAPS).format(limit=sql.Literal(OVERLAP_M2)))
        self.cursor.execute("select coalesce(sum(area), 0) from overlap_found")
        return float(self.cursor.fetchone()[0])


def _places(rows: Sequence[tuple[int, str, float | None, float | None]]) -> Any:
    return np.array([(x, y) for *_, x, y in rows], dtype=np.float64).reshape(-1, 2)


_REPEATED_REF = sql.SQL(
    "select staging.ctid from staging join (select ctid,"
    " row_number() over (partition by source_ref order by file_no, row_number) as occurrence from staging"
    " where source_ref in (select source_ref from staging group by source_ref having count(*) > 1))"
    " as ranked on ranked.ctid = staging.ctid where ranked.occurrence > 1"
)

_QUARANTINE = """
with gone as (delete from staging where ctid in ({rows}) returning *),
kept as (
    insert into platform.quarantine
           (load_id, layer, file, row_number, reason_code, reason_vi, reason_en, attributes, geom)
    select %(load)s, %(layer)s, (%(files)s::text[])[gone.file_no + 1], gone.row_number, %(code)s, %(vi)s, %(en)s,
           jsonb_strip_nulls(to_jsonb(gone) - '{{geom,file_no,row_number}}'::text[]), {geom}
      from gone)
select gone.file_no, gone.row_number, gone.source_ref, null::float8, null::float8 from gone order by 1, 2
"""

_REPEATED_GEOMETRIES = """
create temporary table repeated_geometries on commit drop as
select geom from staging where geom is not null group by geom having count(*) > 1
"""

_SAME_GEOMETRY = """
select file_no, row_number, source_ref, st_x(st_centroid(geom)), st_y(st_centroid(geom))
  from (select *, row_number() over (partition by geom order by file_no, row_number) as occurrence
          from staging where geom in (table repeated_geometries)) as ranked
 where occurrence > 1 order by 1, 2
"""

# What is not found is marked with a question mark for the moment: it must be told apart from what was never given.
_RESOLVE = """
update staging set {field} = coalesce(
    (select target.id::text from {target} as target where target.source_ref = staging.{field}
      order by (target.source = %(source)s) desc, target.id desc limit 1), '?' || {field})
 where {field} is not null
"""
_UNRESOLVED = """
select file_no, row_number, substr({field}, 2), null::float8, null::float8
  from staging where starts_with({field}, '?') order by 1, 2
"""

_FILL_WARDS = """
with filled as (
    update staging set ward_code = ward.code
      from city.wards as ward
     where staging.ward_code is null and ward.geom && staging.geom
       and st_covers(ward.geom, st_pointonsurface(staging.geom))
       and coalesce(ward.valid_to, 'infinity') >= current_date
       and coalesce(ward.valid_from, '-infinity') <= current_date
    returning staging.file_no, staging.row_number, ward.code)
select file_no, row_number, code, null::float8, null::float8 from filled order by 1, 2
"""
_WITHOUT_WARD = """
select file_no, row_number, source_ref, st_x(st_centroid(geom)), st_y(st_centroid(geom))
  from staging where ward_code is null and geom is not null and exists (select from city.wards) order by 1, 2
"""

_OVERLAP_TABLE = """
create temporary table overlapping on commit drop as
select file_no, row_number, geom from staging
 where geom is not null and abs(hashint8(row_number)::bigint) %% 1000 < 1000 * %(share)s
"""
_OVERLAPS = """
create temporary table overlap_found on commit drop as
select a.file_no, a.row_number, b.row_number as other, shared.area, shared.centre
  from overlapping as a
  join overlapping as b on (a.file_no, a.row_number) < (b.file_no, b.row_number) and a.geom && b.geom
   and st_intersects(a.geom, b.geom) and not st_touches(a.geom, b.geom)
 cross join lateral (
    select st_area(part) as area, st_centroid(part) as centre
      from (select st_collectionextract(st_intersection(a.geom, b.geom), 3) as part) as cut) as shared
 where shared.area > {limit};
select file_no, row_number, 'hàng ' || other || ', ' || round(area::numeric, 1) || ' m²', st_x(centre), st_y(centre)
  from overlap_found order by 1, 2
"""
