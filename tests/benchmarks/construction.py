"""How long `unpermitted-construction` takes as a city grows: one building in eight in or near forest, one in six new.

python -m tests.benchmarks.construction [BUILDINGS …] [--all-new] [-v]   makes a private server of its own; sizes 10,000
and 100,000 unless others are given. With --all-new every building is new, and nine in ten near forest are flagged.

For each building there are 1/10 permits and 1/50 forest plots of 96 vertices, 1/2 parcels and 1/400 zones. The time is
that of the whole job as an administrator runs it: selecting, judging, and writing every flag with its evidence.
"""

import itertools
import math
import os
import shutil
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path

import numpy as np
import shapely
import sqlalchemy as sa

from gis_core import postgres
from gis_core.db import Engines, Identity, engines
from gis_core.jobs.run import find_job, run_job
from gis_core.layer import Text
from layers.migrate import migrate

WEST, SOUTH, PLOT_M = 560_000.0, 1_300_000.0, 250.0
DAYS = ("2024-08-18", "2025-02-20", "2025-08-19", "2026-04-22", "2026-10-20")
FIRST_SURVEY, NEW = "2024-02-20", 1 / 6


def main(sizes: list[int], *, all_new: bool) -> None:
    """Print a line for each size, and how the time grows against n log n."""
    print(
        "buildings | permits | forest plots | looked at | flags | first run: wall, CPU | second run: wall, CPU | load"
    )
    measured = [(size, measure(size, all_new=all_new)) for size in sizes]
    for (small, before), (large, after) in itertools.pairwise(measured):
        linear = large * math.log(large) / (small * math.log(small))
        print(f"{small:,} -> {large:,}: CPU time x {after / before:.1f}, n log n x {linear:.1f}")


def measure(size: int, *, all_new: bool) -> float:
    """CPU seconds of the first run over a city of so many buildings."""
    folder = Path(tempfile.mkdtemp(prefix="langbiang-benchmark-"))
    try:
        url = postgres.start(folder, for_tests=True)
        migrate(url, folder)
        ways = engines(url, folder)
        build(ways.owner, size, 1.0 if all_new else NEW)
        asked = {"since": "2000-01-01"} if all_new else {}
        (wall, cpu, found), (wall_again, cpu_again, same) = timed(ways, asked), timed(ways, asked)
        if same["added"] or same["changed"]:
            raise AssertionError("the second run must change nothing")
        told = (size, size // 10, size // 50, found["looked_at"], found["flags"])
        print(*(f"{one:,}" for one in told), f"{wall:.1f} s, {cpu:.1f} s", f"{wall_again:.1f} s, {cpu_again:.1f} s",
              f"{os.getloadavg()[0]:.1f}", sep=" | ", flush=True)  # fmt: skip
        ways.dispose()
        return cpu
    finally:
        postgres.stop(folder)
        shutil.rmtree(folder)


def timed(ways: Engines, inputs: dict[str, str]) -> tuple[float, float, dict[str, int]]:
    """Wall and CPU seconds (of this process and of its server process), and the summary, of one run."""
    steps: list[tuple[float, str]] = []
    with ways.staff.connect() as connection:  # the one that the run will take from the pool again
        server = int(connection.scalar(sa.text("select pg_backend_pid()")))
    start, used = time.perf_counter(), time.process_time() + cpu_of(server)
    job = find_job("unpermitted-construction", "administrator")

    def note(share: float, words: Text) -> None:
        steps.append((time.perf_counter() - start, words.en))

    session = {"statement_timeout": "30min"}
    found = run_job(ways, Identity("benchmark", "administrator"), job, inputs, note, session=session)
    wall, cpu = time.perf_counter() - start, time.process_time() + cpu_of(server) - used
    if "-v" in sys.argv:
        print(*(f"    {at:7.2f} {words}" for at, words in steps), sep="\n", file=sys.stderr)
    return wall, cpu, found


def cpu_of(process: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def build(owner: sa.Engine, size: int, new: float) -> None:
    """Fill the layers; a share `new` of the buildings came after the first survey. Equal sizes give equal cities."""
    rng = np.random.default_rng(5899)
    plots = max(size // 50, 4)
    side = math.ceil(math.sqrt(plots))
    cell = np.arange(plots)
    centre = np.stack([WEST + (cell % side + 0.5) * PLOT_M, SOUTH + (cell // side + 0.5) * PLOT_M], axis=1)
    angle = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    radius = 50 + 6 * np.sin(5 * angle) + rng.normal(0, 0.8, (plots, 96))
    rings = centre[:, None] + radius[:, :, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    functions = np.array(["RPH", "RSX", "RDD"])[rng.integers(0, 3, plots)]
    houses = footprints(centre, size, rng)
    with owner.begin() as connection:
        copy(connection, "city.forest (forest_dataset, forest_function, forest_compartment, forest_plot, geom)",
             (["quy_hoach"] * plots, functions, cell // 100, cell % 100, wkt(shapely.polygons(rings))))  # fmt: skip
        fill_ground(connection, side)
        days = np.where(rng.random(size) < new, np.array(DAYS)[rng.integers(0, len(DAYS), size)], FIRST_SURVEY)
        copy(connection, "city.buildings (building_kind, storeys, first_seen_on, ward_code, source_ref, geom)",
             (np.where(rng.random(size) < 0.1, "greenhouse", "house"), rng.integers(1, 5, size), days,
              ["24787"] * size, np.arange(size), wkt(houses)))  # fmt: skip
        fill_permits(connection, houses, days, rng)
    with owner.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("vacuum analyze")


def footprints(centre: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Houses of 8 × 10 m: one in thirty on forest, nine in a hundred within 30 m of its edge, the others away."""
    around = centre[rng.integers(0, len(centre), size)]
    place, away = rng.random(size), rng.random(size)
    distance = np.select([place < 0.033, place < 0.123], [40 * np.sqrt(away), 56 + 26 * away], 95 + 25 * away)
    turn = rng.uniform(0, 2 * np.pi, size)
    middle = around + distance[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    half = np.array([4.0, 5.0])
    return np.asarray(shapely.box(*(middle - half).T, *(middle + half).T))


def fill_ground(connection: sa.Connection, side: int) -> None:
    """Parcels of some 50 m with one purpose each, and zones of a general plan, over the whole ground."""
    low, high = (WEST, SOUTH), (WEST + side * PLOT_M, SOUTH + side * PLOT_M)
    box = dict(zip(("x0", "y0", "x1", "y1"), (*low, *high), strict=True))
    for statement in (
        """insert into city.land_parcels (parcel_uid, land_use_code, geom)
           select row_number() over (), case when (i + j) % 3 = 0 then 'HNK' else 'ODT' end,
                  st_multi(geom) from st_squaregrid(50, st_makeenvelope(:x0, :y0, :x1, :y1, 5899)) as grid""",
        """insert into city.land_parcel_purposes (parcel_id, rank, land_use_code, area_m2)
           select id, 1, land_use_code, 2500 from city.land_parcels where :x0 < :x1 and :y0 < :y1""",
        """insert into city.plans (plan_code, plan_version, plan_name, plan_level, plan_status, geom)
           select 'QHC', 1, 'QHC', 'general', 'cong_bo', st_multi(st_makeenvelope(:x0, :y0, :x1, :y1, 5899))""",
        """insert into city.planning_zones (plan_id, zone_symbol, land_use_code, architecture_regulated, geom)
           select plans.id, i || '-' || j, case when (i + j) % 2 = 0 then 'HNK' else 'ODT' end, false,
                  st_multi(grid.geom)
             from city.plans, st_squaregrid(700, st_makeenvelope(:x0, :y0, :x1, :y1, 5899)) as grid""",
    ):
        connection.execute(sa.text(statement), box)


def fill_permits(connection: sa.Connection, houses: np.ndarray, days: np.ndarray, rng: np.random.Generator) -> None:
    """A permit for one house in ten: most fit, some are too small or have lapsed."""
    chosen = rng.permutation(len(houses))[: len(houses) // 10]
    fit = rng.random(len(chosen))
    outline = np.where(fit < 0.2, shapely.buffer(houses[chosen], -3, join_style="mitre"), houses[chosen])
    seen = days[chosen].astype("datetime64[D]")
    issued = seen - np.where(fit > 0.85, 1500, 200).astype("timedelta64[D]")
    copy(connection, "city.building_permits (permit_no, permit_status, permit_date, commence_by,"
         " commencement_notice_date, expires_on, storeys, footprint_m2, geom)",
         (np.char.add("GP-", chosen.astype(str)), ["da_cap"] * len(chosen), issued, issued + np.timedelta64(365, "D"),
          issued + np.timedelta64(30, "D"), issued + np.timedelta64(1095, "D"), [4] * len(chosen),
          np.round(shapely.area(outline), 1), wkt(outline)))  # fmt: skip


def wkt(polygons: np.ndarray) -> list[str]:
    """The areas as multi-areas of EPSG:5899, as COPY reads them."""
    return [
        f"SRID=5899;{text}"
        for text in shapely.to_wkt(shapely.multipolygons(polygons, indices=np.arange(len(polygons))))
    ]


def copy(connection: sa.Connection, target: str, columns: tuple[object, ...]) -> None:
    """Copy the columns into the table."""
    lines = StringIO("\n".join("\t".join(map(str, row)) for row in zip(*columns, strict=True)) + "\n")
    connection.connection.cursor().copy_expert(f"copy {target} from stdin", lines)


if __name__ == "__main__":
    numbers = [int(one.replace(",", "")) for one in sys.argv[1:] if one[0] != "-"]
    main(numbers or [10_000, 100_000], all_new="--all-new" in sys.argv)
