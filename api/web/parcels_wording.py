"""What is known of a parcel as people read it: labelled rows and tables in the language of the page."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from api.web.language import Language
from api.web.texts import TEXTS
from api.web.wording import code_name, worded_date
from gis_core.catalog import Catalog
from gis_core.layer import Field, Text
from gis_core.parcels import Facts
from gis_core.query import CITY_TIME
from tiles.legend import Palette

Row = tuple[str, str]
RULES = (
    ("building_density_pct", Text("mật độ xây dựng {} %", "building coverage {} %")),
    ("floor_area_ratio", Text("hệ số sử dụng đất {}", "floor area ratio {}")),
    ("floors_max", Text("tối đa {} tầng", "at most {} storeys")),
    ("height_max_m", Text("cao tối đa {} m", "at most {} m high")),
    ("setback_front_m", Text("lùi trước {} m", "front setback {} m")),
)
"""What a zone allows, in the order in which it is read."""

SIZES = {"storeys": "storeys", "height_m": "height", "footprint_m2": "footprint", "gfa_m2": "floor_area"}
"""The sizes of permitted works, and the texts they are told with."""


def number(value: float, language: str, digits: int = 1) -> str:
    """The value with exactly `digits` decimals: 1.234,5 in Vietnamese, 1,234.5 in English."""
    english = f"{value:,.{digits}f}"
    return english if language == "en" else english.translate(str.maketrans(",.", ".,"))


def short(value: float, language: str) -> str:
    """The value with no more decimals than it needs, two at most."""
    return number(value, language, next(digits for digits in range(3) if round(value, digits) == round(value, 2)))


def moment(value: str | datetime) -> str:
    """A moment as dd/MM/yyyy HH:mm in the city's time."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.astimezone(CITY_TIME).strftime("%d/%m/%Y %H:%M")


@dataclass(frozen=True, slots=True)
class ParcelWording:
    """How the facts of parcels become text in one language, with the city's code lists."""

    catalog: Catalog
    palette: Palette
    language: Language

    def title(self, parcel: Facts) -> str:
        """How people call a parcel: by its number and the sheet it is on."""
        if not (parcel["parcel_no"] and parcel["map_sheet_no"]):
            return str(parcel["parcel_uid"] or f"{self._text('parcel')} {parcel['id']}")
        return f"{self._text('parcel')} {parcel['parcel_no']}, {self._text('sheet')} {parcel['map_sheet_no']}"

    def place(self, facts: Facts) -> str:
        """The ward, and the one it was part of before."""
        now, before = facts["ward"] or facts["ward_code"], facts["ward_before"]
        if not (now and before):
            return str(now or before or "")
        changed = worded_date((date.fromisoformat(facts["ward_before_to"]) + timedelta(days=1)).isoformat())
        return f"{now} ({self._text('before').format(changed)}: {before})"

    def rows(self, facts: Facts) -> list[Row]:
        """The parcel's own facts, those that are known."""
        rows = [
            ("sheet_and_number", self._numbers(facts["map_sheet_no"], facts["parcel_no"])),
            ("old_sheet_and_number", self._numbers(facts["old_map_sheet_no"], facts["old_parcel_no"])),
            ("ward", self.place(facts)),
            ("parcel_address", facts["parcel_address"]),
            ("area", self.area(facts["area_m2"] if facts["area_m2"] is not None else facts["drawn_area_m2"])),
            ("legal_area", self.area(facts["legal_area_m2"])),
            ("use_form", self.code("land_parcels", "land_use_form", facts["land_use_form"])),
            ("use_origin", self.code("land_parcels", "land_use_origin", facts["land_use_origin"])),
            ("surveyed", self.day(facts["survey_date"])),
            ("valid_from", self.day(facts["valid_from"])),
            ("property_eid", facts["property_eid"]),
        ]
        return [(self._text(key), value) for key, value in rows if value]

    def purposes(self, facts: Facts) -> list[dict[str, str]]:
        """The purposes with area and term; the main one where no others are registered."""
        main = {"land_use_code": facts["land_use_code"], "area_m2": facts["area_m2"], "term": facts["land_use_term"]}
        found = facts["purposes"] or ([main] if facts["land_use_code"] else [])
        return [
            {
                "name": self.code("land_parcels", "land_use_code", one["land_use_code"]),
                "area": self.area(one["area_m2"]),
                "term": one["term"] or "",
            }
            for one in found
        ]

    def plans(self, facts: Facts) -> list[dict[str, Any]]:
        """Each plan in force with its zones, their shares and rules; the most detailed plan first."""
        return [self._plan(one) for one in reversed(facts["zoning"] or [])]

    def forest(self, facts: Facts) -> list[dict[str, str]]:
        """The parts of the parcel that lie in forest, each with the dataset that says so."""
        return [
            {
                "dataset": self.code("forest", "forest_dataset", one["forest_dataset"]),
                "function": self.code("forest", "forest_function", one["forest_function"]),
                "lot": ", ".join(
                    f"{self._text(name)} {one[name]}"
                    for name in ("forest_plot", "forest_subcompartment", "forest_compartment")
                    if one[name]
                ),
                "area": self.area(one["area_m2"]),
            }
            for one in facts["forest"]
        ]

    def permits(self, permits: list[Facts]) -> list[dict[str, Any]]:
        """The permits with what is public of them."""
        return [
            {
                "no": one["permit_no"],
                "status": self.code("building_permits", "permit_status", one["permit_status"]),
                "issued": self.day(one["permit_date"]),
                "works": " · ".join(filter(None, self._works(one))),
                "distance": f"{one['distance_m']} m",
            }
            for one in permits
        ]

    def addresses(self, facts: Facts) -> list[dict[str, Any]]:
        """The addresses linked to the parcel, those in use first, with how sure the link is."""
        return [
            {
                "address": one["address"],
                "status": self.code("house_numbers", "status", one["status"]),
                "current": one["status"] == "hien_hanh",
                "old_number": one["house_number_old"],
                "before": one["ward_before"],
                "confidence": None if one["confidence"] is None else f"{number(100 * one['confidence'], 'vi', 0)} %",
            }
            for one in facts["addresses"]
        ]

    def lineage(self, parcels: list[Facts]) -> list[dict[str, Any]]:
        """Parcels that came before or after, each with what happened and when."""
        return [
            {
                "id": one["id"],
                "title": self.title(one),
                "area": self.area(one["area_m2"]),
                "kind": self.code("land_parcel_lineage", "kind", one["kind"]),
                "day": self.day(one["changed_on"]),
                "decision": one["decision_no"] or "",
                "past": one["past"],
            }
            for one in parcels
        ]

    def ended(self, facts: Facts) -> str:
        """Since which day the parcel is no more, empty where it is still valid."""
        if not facts["past"]:
            return ""
        return worded_date((date.fromisoformat(facts["valid_to"]) + timedelta(days=1)).isoformat())

    def code(self, layer: str, field: str, value: str | None) -> str:
        """The name of a code of a layer's field, empty without a value."""
        declared: Field = self.catalog[layer][field]
        if not (value and declared.codes):
            return ""
        return code_name(self.palette.get(declared.codes.id, ()), value, self.language)

    def area(self, value: float | None) -> str:
        """Square metres to one decimal, empty without a value."""
        return "" if value is None else f"{number(value, self.language)} m²"

    def exact(self, value: float) -> str:
        """Square metres to 0.01: parts that are to sum to a whole."""
        return f"{number(value, self.language, 2)} m²"

    def day(self, value: str | None) -> str:
        """An ISO day as dd/MM/yyyy, empty without a value."""
        return "" if value is None else worded_date(value)

    def _plan(self, plan: dict[str, Any]) -> dict[str, Any]:
        zones = plan["zones"]
        first = zones[0] if zones else {}
        slivers = plan["slivers"]
        return {
            "name": first.get("plan_name") or plan["plan_code"] or self._text("no_plan_name"),
            "level": self.code("plans", "plan_level", plan["plan_level"]),
            "version": first.get("plan_version"),
            "decision": first.get("decision_no") or "",
            "valid_from": self.day(first.get("valid_from")),
            "zones": [self._zone(one) for one in zones],
            "slivers": self._rest(slivers["area_m2"], slivers["percent"]) if slivers["count"] else None,
            "unplanned": self._rest(plan["unplanned_m2"], plan["unplanned_percent"]),
            "overlapping": self.area(plan["overlapping_m2"]) if plan["overlapping_m2"] >= 1 else "",
            "total": self.exact(plan["total_m2"]),
            "whole": f"{number(_sum_of_percents(plan), self.language)} %",
        }

    def _zone(self, zone: dict[str, Any]) -> dict[str, str]:
        rules = [
            words[self.language].format(short(zone[name], self.language))
            for name, words in RULES
            if zone.get(name) is not None
        ]
        return {
            "symbol": zone["zone_symbol"],
            "function": zone["zone_function"] or "",
            "use": self.code("planning_zones", "land_use_code", zone["land_use_code"]),
            "code": zone["land_use_code"] or "",
            "area": self.exact(zone["area_m2"]),
            "percent": f"{number(zone['percent'], self.language)} %",
            "decision": zone["decision_no"] or "",
            "valid_from": self.day(zone["valid_from"]),
            "rules": ", ".join(rules),
        }

    def _rest(self, area: float, percent: float) -> dict[str, str] | None:
        """A part of the parcel that is no zone's, None where it is nothing."""
        if percent == 0 and area < 0.05:
            return None
        return {"area": self.exact(area), "percent": f"{number(percent, self.language)} %"}

    def _works(self, permit: Facts) -> list[str]:
        worded = [
            self._text(key).format(short(permit[name], self.language))
            for name, key in SIZES.items()
            if permit[name] is not None
        ]
        return [self.code("building_permits", "work_type", permit["work_type"]), *worded]

    def _numbers(self, sheet: str | None, parcel: str | None) -> str:
        parts = [f"{self._text(key)} {value}" for key, value in (("sheet", sheet), ("parcel_short", parcel)) if value]
        return ", ".join(parts)

    def _text(self, key: str) -> str:
        return TEXTS[f"parcel_{key}"][self.language]


def _sum_of_percents(plan: dict[str, Any]) -> float:
    """What the shares sum to: 100.0, but for nothing at all, whose shares are all 0."""
    parts = [*(one["percent"] for one in plan["zones"]), plan["slivers"]["percent"], plan["unplanned_percent"]]
    return float(round(sum(parts), 1))
