"""Queries that mean a parcel, a forest plot, a pair of coordinates, a place, a street or a ward."""

from collections.abc import Iterator
from random import Random
from typing import Any

import shapely
from pyproj import Transformer

from etl.demo.wards import NEW_WARDS, OLD_WARDS
from tests.addresses import phrases
from tests.addresses.facts import OLD_NAMES, Facts, House, Query, sample, spread
from tests.addresses.spelling import without_marks

_FORMS = (
    "thửa {p} tờ {s} {w}", "thửa đất số {p}, tờ bản đồ số {s}, {w}, Đà Lạt", "tờ {s} thửa {p} {w}",
    "Thửa {p}, tờ {s}, {w}",
    "số thửa {p}, số tờ {s}, {w}", "tờ bản đồ {s} thửa đất {p} {w}, thành phố Đà Lạt", "TBĐ {s} thửa {p} {w}",
    "thửa số {p} thuộc tờ bản đồ số {s} {w}", "thửa {p} TBĐ số {s}, {w}", "tờ số {s}, thửa số {p}, {w}, TP. Đà Lạt",
    "{w}, tờ {s}, thửa {p}", "Thửa đất số {p}; Tờ bản đồ số {s}; {w}",
    "thua dat {p} to ban do {s} {w}",
    "to {s} thua {p} {w}", "THỬA {p} TỜ {s} {w}", "thửa:{p} tờ:{s} {w}", "thửa{p} tờ{s} {w}",
)  # fmt: skip


def parcels(facts: Facts, rng: Random) -> Iterator[Query]:
    """Sheet and parcel with the old ward, or with the new one where only one of its parts has them."""
    rows = facts.frame("land_parcels")
    if rows is None:
        return
    current = rows[rows["valid_to"].isna()]
    # What a number before a renumbering was is asked below.
    same = current.groupby(["ward_code", "map_sheet_no", "parcel_no"]).size()
    unique = set(same[same == 1].index)
    for row in _drawn(current, rng, 180):
        text = rng.choice(_FORMS).format(p=row.parcel_no, s=row.map_sheet_no, w=_ward_of(row, unique, rng))
        yield _parcel_query(text, "parcel", _reference(row))


def _drawn(rows: Any, rng: Random, count: int) -> list[Any]:
    return sample(rng, list(rows.itertuples()), count)


def _reference(row: Any) -> str:
    return f"{row.ward_code_survey}/{row.map_sheet_no}/{row.parcel_no}"


def _parcel_query(text: str, category: str, reference: str, **more: str) -> Query:
    """`reference`: ward of the survey, sheet and number; with `|` between several that are right."""
    return Query(text, category, "one", "parcel", expected_name=reference, **more)


def _ward_of(row: Any, unique: set[tuple[str, str, str]], rng: Random) -> str:
    house = House("", "", row.ward_code, row.ward_code_survey, "")
    if (row.ward_code, row.map_sheet_no, row.parcel_no) in unique and rng.random() < 0.5:
        return rng.choice([phrases.new_ward, phrases.short_new_ward])(house, rng)
    ward = rng.choice([phrases.old_ward, phrases.short_old_ward])(house, rng)
    return ward if rng.random() < 0.8 else without_marks(ward)


def former_parcels(facts: Facts, rng: Random) -> Iterator[Query]:
    """Parcels that were split, merged or renumbered, asked by their old sheet and number."""
    rows = facts.frame("land_parcels")
    if rows is None:
        return
    links = facts.frame("land_parcel_lineage").groupby("from_parcel_id")["to_parcel_id"].agg(list).to_dict()
    for row in _drawn(rows[rows["valid_to"].notna()], rng, 170):
        house = House("", "", row.ward_code, row.ward_code_survey, "")
        ward = rng.choice([phrases.old_ward, phrases.short_old_ward])(house, rng)
        word = rng.choice(["", "", " (số cũ)", " cũ"])
        text = rng.choice(_FORMS).format(p=row.parcel_no, s=row.map_sheet_no, w=ward) + word
        # The old parcel, with what came of it, or that parcel itself where it was only renumbered.
        yield _parcel_query(text, "former_parcel", "|".join([_reference(row), *links.get(_reference(row), [])]))


def forest_plots(facts: Facts, rng: Random) -> Iterator[Query]:
    """Tiểu khu, khoảnh and lô in any order."""
    rows = facts.frame("forest")
    if rows is None or "forest_plot" not in rows:
        return
    forms = [
        "tiểu khu {c} khoảnh {k} lô {l}", "lô {l}, khoảnh {k}, tiểu khu {c}", "TK {c} K {k} L {l}", "TK{c} K{k} L{l}",
        "tieu khu {c} khoanh {k} lo {l}", "Lô {l} khoảnh {k} TK {c}", "TK.{c}, khoảnh {k}, lô {l}", "TK{c}-K{k}-L{l}",
        "Tiểu khu {c}, khoảnh {k}, lô {l}, rừng Đà Lạt", "lo {l} khoanh {k} tieu khu {c}",
        "khoảnh {k} lô {l} tiểu khu {c}",
        "lô rừng {l}, khoảnh {k}, tiểu khu {c}", "LÔ {l} KHOẢNH {k} TIỂU KHU {c}",
    ]  # fmt: skip
    known = rows[
        rows["forest_compartment"].notna() & rows["forest_subcompartment"].notna() & rows["forest_plot"].notna()
    ]
    for row in _drawn(known, rng, 170):
        c, k, plot = row.forest_compartment, row.forest_subcompartment, row.forest_plot
        text = rng.choice(forms).format(c=c, k=k, l=plot)
        yield Query(text, "forest_plot", "one", "place", expected_name=f"Lô {plot}, khoảnh {k}, tiểu khu {c}")


def coordinates(facts: Facts, rng: Random) -> Iterator[Query]:
    """VN-2000 pairs in both orders, latitude and longitude in both orders, degrees, minutes and seconds."""
    rows = facts.frame("land_parcels")
    if rows is None:
        return
    current = rows[rows["valid_to"].isna()]
    # Of some size, so that rounding never leaves the parcel.
    roomy = current[current.geometry.buffer(-3).area > 4]
    to_degrees = Transformer.from_crs("EPSG:5899", "EPSG:4326", always_xy=True)
    for row in _drawn(roomy, rng, 155):
        point = shapely.point_on_surface(row.geometry.buffer(-2.5))
        yield _parcel_query(_vn2000(point.x, point.y, rng), "vn2000", _reference(row))
    for row in _drawn(roomy, rng, 155):
        point = shapely.point_on_surface(row.geometry.buffer(-2.5))
        yield _parcel_query(_degrees(*to_degrees.transform(point.x, point.y), rng), "degrees", _reference(row))


def _vn2000(east: float, north: float, rng: Random) -> str:
    forms = [
        "{e:.1f} {n:.1f}", "{n:.1f} {e:.1f}", "{e:.2f}, {n:.2f}", "{n:.3f}, {e:.3f}", "X={n:.2f} Y={e:.2f}",
        "X: {n:.1f}; Y: {e:.1f}", "E {e:.1f} N {n:.1f}", "N={n:.1f}, E={e:.1f}", "Y={e:.2f}, X={n:.2f}",
        "{n:.0f}, {e:.0f}",
        "{e:.1f};{n:.1f}", "VN2000 {n:.1f} {e:.1f}", "({e:.2f}; {n:.2f})",
    ]  # fmt: skip
    text = rng.choice(forms).format(e=east, n=north)
    # The decimal comma, only where commas do not part the pair too.
    return text.replace(".", ",") if ", " not in text and rng.random() < 0.2 else text


def _degrees(longitude: float, latitude: float, rng: Random) -> str:
    forms = [
        "{y:.6f}, {x:.6f}", "{x:.6f}, {y:.6f}", "{y:.6f} {x:.6f}", "{x:.6f} {y:.6f}", "{y:.7f},{x:.7f}",
        "{y:.6f}; {x:.6f}",
        "{y:.6f}°N {x:.6f}°E", "lat {y:.6f} lon {x:.6f}", "({y:.6f}, {x:.6f})", "N {y:.6f} E {x:.6f}",
    ]  # fmt: skip
    if rng.random() < 0.3:
        pair = [f"{_sexagesimal(latitude, rng)}N", f"{_sexagesimal(longitude, rng)}E"]
        return rng.choice([" ", ", "]).join(pair if rng.random() < 0.8 else pair[::-1])
    return rng.choice(forms).format(x=longitude, y=latitude)


def _sexagesimal(angle: float, rng: Random) -> str:
    hundredths = round(angle * 360_000)
    degrees, rest = divmod(hundredths, 360_000)
    minutes, seconds = divmod(rest, 6_000)
    form = rng.choice(["{}°{}'{:.2f}\"", "{}° {}' {:.2f}\" ", "{}°{}′{:.2f}″"])
    return form.format(degrees, minutes, seconds / 100)


def places(facts: Facts, rng: Random) -> Iterator[Query]:
    """Places by name, with and without marks."""
    rows = facts.frame("places")
    if rows is None:
        return
    names = [name for name in rows["name"] if rows["name"].tolist().count(name) == 1]
    for name in sample(rng, names, 190):
        text = name.replace(" (mẫu)", "") if rng.random() < 0.8 else name
        change = rng.choice([str, str.lower, without_marks, lambda one: without_marks(one).lower(), str.upper])
        tail = rng.choice(["", "", "", ", Đà Lạt"])
        yield Query(change(text) + tail, "place", "one", "place", expected_name=name)


def streets(facts: Facts, rng: Random) -> Iterator[Query]:
    """A street without a number, with and without its ward; an alley without a house."""
    known = [street for street in facts.streets if street not in facts.look_alikes | facts.twins]
    by_street = {house.street: house for house in facts.houses}
    # These names are also those of dates, places and wards, and ambiguous alone.
    clear = [street for street in known if not phrases.has_number(street)]
    for street in sample(rng, clear, 140):
        house = by_street[street]
        word = rng.choice(["đường {}", "Đường {}", "Đ. {}", "duong {}", "phố {}"]).format(street)
        ward = rng.choice(
            ["", "", f", {phrases.old_ward(house, rng)}", f", {phrases.new_ward(house, rng)}", ", Đà Lạt"]
        )
        text = without_marks(word + ward) if rng.random() < 0.3 else word + ward
        yield Query(text, "street_only", "not_house", "street", expected_street=street)
    alleys = [house for house in facts.sure if house.path and house.street in clear]
    for house in spread(rng, alleys, 30):
        text = rng.choice(["hẻm {p} {s}", "Hẻm {p} đường {s}", "ngõ {p} {s}"]).format(p=house.path, s=house.street)
        yield Query(text, "street_only", "not_house", "street", expected_street=house.street, comment="an alley")


def wards(facts: Facts, rng: Random) -> Iterator[Query]:
    """An old or new ward alone."""
    old, new = {house.ward_old for house in facts.houses}, {house.ward for house in facts.houses}
    for code in sample(rng, sorted(old), 120):
        house = House("", "", next(one.successor for one in OLD_WARDS if one.code == code), code, "")
        text = rng.choice([phrases.old_ward, phrases.short_old_ward])(house, rng)
        tail = rng.choice(["", ", Đà Lạt", ", TP. Đà Lạt", ", thành phố Đà Lạt, Lâm Đồng"])
        yield _ward_query(text + tail, NEW_WARDS[house.ward], rng, f"old ward {OLD_NAMES[code]}")
    for code in sample(rng, sorted(new), 75):
        text = rng.choice([phrases.new_ward, phrases.short_new_ward])(House("", "", code, "", ""), rng)
        yield _ward_query(text + rng.choice(["", ", Lâm Đồng", ", tỉnh Lâm Đồng"]), NEW_WARDS[code], rng, "new ward")


def _ward_query(text: str, name: str, rng: Random, comment: str) -> Query:
    text = without_marks(text) if rng.random() < 0.3 else text
    return Query(text, "ward_only", "one", "ward", expected_district=name, comment=comment)


MAKERS = (parcels, former_parcels, forest_plots, coordinates, places, streets, wards)
