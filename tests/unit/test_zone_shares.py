from hypothesis import given
from hypothesis import strategies as st

from gis_core.jobs.zone_report import Overlap, shares


def overlap(area: float) -> Overlap:
    return Overlap({"zone_symbol": "A"}, area)


@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=12), st.floats(0, 1e5), st.floats(0, 100))
def test_percentages_of_all_parts_sum_to_exactly_a_hundred(areas: list[float], gap: float, sliver: float) -> None:
    found = shares(sum(areas) + gap, [overlap(area) for area in areas], sliver)
    parts = [*(line["percent"] for line in found["zones"]), found["slivers"]["percent"], found["unplanned_percent"]]
    assert round(sum(parts), 6) == 100.0
    whole, kept = sum(areas) + gap, sorted((area for area in areas if area >= sliver), reverse=True)
    # To a tenth of the exact share: that is as far as the largest remainders may move one.
    for line, area in zip(found["zones"], kept, strict=True):
        assert abs(line["percent"] - 100 * area / whole) < 0.1 + 1e-9


def test_slivers_are_told_apart_and_lines_come_largest_first() -> None:
    found = shares(100.0, [overlap(0.4), overlap(30.0), overlap(69.6)], 1.0)
    assert [line["area_m2"] for line in found["zones"]] == [69.6, 30.0]
    assert found["slivers"] == {"count": 1, "area_m2": 0.4, "percent": 0.4}
    assert found["unplanned_m2"] == 0.0


def test_zones_that_overlap_say_so_instead_of_hiding_it() -> None:
    found = shares(100.0, [overlap(80.0), overlap(60.0)], 1.0)
    assert found["overlapping_m2"] == 40.0


def test_no_zone_at_all_leaves_everything_unplanned() -> None:
    found = shares(100.0, [], 1.0)
    assert found["zones"] == []
    assert found["unplanned_percent"] == 100.0
