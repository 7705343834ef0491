import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from gis_core.addresses import find
from gis_core.db import ANONYMOUS, Engines, acting_as
from tests.addresses.spelling import fold

# 225 labelled addresses from all of Viet Nam, which are not ours to copy, and the communes of the province.
REAL = Path(os.environ.get("LANGBIANG_TEST_ADDRESSES", Path(__file__).parents[3] / "shared/data/address"))
MAPPING = Path(
    os.environ.get("LANGBIANG_TEST_WARDS", Path(__file__).parents[3] / "shared/vietnam/ward_mapping_lamdong_full.csv")
)
STRINGS = REAL / "vietnam_addresses_labelled.json"
pytestmark = pytest.mark.skipif(
    not (STRINGS.is_file() and MAPPING.is_file()),
    reason=f"the labelled real addresses are not at {STRINGS} and {MAPPING}",
)


@pytest.fixture(scope="module")
def answers(hard_city: Engines) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each labelled string with the answer to it."""
    strings = json.loads(STRINGS.read_text("utf-8"))
    with acting_as(hard_city, ANONYMOUS) as connection:
        return [
            (one, find(connection, ANONYMOUS, one["text"], limit=5, language="vi"))
            for one in strings
            if 0 < len(one["text"]) <= 300
        ]


def _key(name: str) -> str:
    """A unit's name without its kind and without marks; đăk and đắk are one."""
    bare = fold(name)
    for kind in ("phuong ", "xa ", "thi tran ", "thanh pho ", "thi xa ", "huyen ", "tinh "):
        bare = bare.removeprefix(kind)
    return bare.strip()


def _successors() -> dict[tuple[str, str, str], str]:
    with MAPPING.open(encoding="utf-8", newline="") as file:
        return {
            (_key(row["old_province"]), _key(row["old_district"]), _key(row["old_name"])): row["new_name"]
            for row in csv.DictReader(file)
        }


def _said(answer: dict[str, Any]) -> str:
    """The ward of the best answer; for an address outside the city's data, what is said of it."""
    if answer["features"]:
        return str((answer["features"][0]["properties"]["ward"] or {}).get("name"))
    return f"{answer['query']['ward']}; {answer['message']}"


def test_wards_of_the_province_are_named_as_they_are_since_july_2025(
    answers: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    successors = _successors()
    right, wrong = 0, []
    for one, answer in answers:
        label = one["result"]
        expected = successors.get((_key(label["province"]), _key(label["district"]), _key(label["ward"])))
        if expected is None:
            continue
        if fold(expected) in fold(_said(answer)):
            right += 1
        else:
            wrong.append(f"{one['text']!r} → {_said(answer)!r}, not {expected!r}")
    assert right + len(wrong) >= 5
    assert right >= 0.95 * (right + len(wrong)), "\n".join(wrong)


def test_no_house_of_this_city_is_given_for_an_address_of_another(
    answers: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    wrong = [
        f"{one['text']!r} → {answer['features'][0]['properties']['label']}"
        for one, answer in answers
        if _key(one["result"]["district"]) != "da lat"
        and answer["features"]
        and answer["features"][0]["properties"]["match_level"] == "house"
    ]
    assert not wrong, "\n".join(wrong)
