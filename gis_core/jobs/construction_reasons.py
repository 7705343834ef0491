"""Why a building was flagged or let be, in one sentence of either language."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from gis_core.jobs.construction_evidence import Scene, forests, permit
from gis_core.jobs.construction_exemption import EXEMPTION
from gis_core.jobs.construction_rules import TRUE
from gis_core.layer import Text

Names = Mapping[tuple[str, str], Text]

_NAMES = text("select list, code, vi, en from platform.code where list = any (:lists)")
_LISTS = ("flag_type", "flag_rejection", "permit_match", "forest_function", "forest_dataset")
_MISSING = {
    "general_plan": Text("chưa có quy hoạch chung tại đây", "no general plan covers the place"),
    "storeys": Text("chưa biết số tầng", "the storeys are not known"),
    "kind": Text("chưa biết loại công trình", "the kind of building is not known"),
    "day_begun": Text("chưa biết ngày khởi công", "the day it was begun is not known"),
    "land_use": Text("chưa rõ mục đích sử dụng đất", "the purpose of the land is not clear"),
    "permit_position": Text(
        "toạ độ giấy phép sai, đối chiếu theo thửa đất", "the permit's coordinates are wrong: it was matched by parcel"
    ),
    "forest_plan": Text("chưa có lớp quy hoạch ba loại rừng", "no layer of forest planning is loaded"),
}


def read_names(connection: Connection) -> Names:
    """The names of the codes that sentences use, as the city has them."""
    rows = connection.execute(_NAMES, {"lists": list(_LISTS)})
    return {(row.list, row.code): Text(row.vi, row.en) for row in rows}


def why_flagged(scene: Scene, k: int, names: Names) -> dict[str, str]:
    """Why the building at position `k` is to be checked, by language."""
    missing = [_MISSING[name] for name, holds in scene.decision.missing.items() if holds[k]]
    return {language: _flagged(scene, k, names, language, missing) for language in ("vi", "en")}


def why_let_be(scene: Scene, k: int, names: Names) -> dict[str, str]:
    """Why the building at position `k` is not flagged, by language."""
    rejection, told = str(scene.decision.rejection[k]), permit(scene, k)
    found = {}
    for language in ("vi", "en"):
        reason = names[("flag_rejection", rejection)][language]
        if rejection == "permitted":
            reason += f" {told['permit_no']}"
        conflict = rejection == "exempt" and scene.facts.land.conflict[k] == TRUE
        note = _CONFLICT[language] if conflict else ""
        found[language] = f"{_subject(scene, k, names, language)}: {reason}{note}."
    return found


_CONFLICT = Text(
    "; mục đích sử dụng đất không cho xây, việc miễn giấy phép không thay đổi điều đó",
    "; the purposes of the land forbid it, which an exemption from permits does not change",
)
_EXEMPTION = {
    "required": Text("phải có giấy phép", "a permit is required"),
    "exempt": Text("được miễn giấy phép", "no permit is required"),
    "unknown": Text("chưa rõ có được miễn giấy phép không", "whether a permit is required is not known"),
}
_LAND = Text("mục đích sử dụng đất không cho xây", "the purposes of the land forbid it")
_UNCHECKED = Text("cần kiểm tra: ", "needs a check: ")


def _flagged(scene: Scene, k: int, names: Names, language: str, missing: list[Text]) -> str:
    parts = [names[("flag_type", one)][language] for one in scene.decision.types_of(k)]
    if not scene.facts.greenhouse[k]:
        verdict = str(scene.facts.permits.verdict[k])
        if verdict != "none" or "F2" not in scene.decision.types_of(k):  # which says so already
            parts.append(names[("permit_match", verdict)][language])
        parts.append(_EXEMPTION[EXEMPTION[float(scene.facts.exemption.state[k])]][language])
    if scene.facts.land.conflict[k] == TRUE:
        parts.append(_LAND[language])
    if missing:
        parts.append(_UNCHECKED[language] + ", ".join(one[language] for one in missing))
    sentence = "; ".join(part[:1].lower() + part[1:] for part in dict.fromkeys(parts))
    return f"{_subject(scene, k, names, language)}: {sentence}."


def _subject(scene: Scene, k: int, names: Names, language: str) -> str:
    area, metres = scene.area[k], scene.facts.forest.nearest[k]
    vietnamese = language == "vi"
    what = f"{'Công trình' if vietnamese else 'A building of'} {number(area, 0, language)} m²"
    nearest = forests(scene, k)
    if not nearest:
        return what
    where = place(nearest[0], names, language)
    if metres == 0:
        return f"{what} {'trên' if vietnamese else 'on'} {where}"
    away = f"{number(metres, 1, language)} m"
    return f"{what} cách {where} {away}" if vietnamese else f"{what}, {away} from {where}"


def place(forest: Mapping[str, Any], names: Names, language: str) -> str:
    """Which forest it is: kind, plot, sub-compartment and compartment as foresters name them, and the dataset."""
    kind = names.get(("forest_function", forest["function"] or ""), Text("rừng", "forest"))[language]
    words = ("lô", "khoảnh", "tiểu khu") if language == "vi" else ("plot", "sub-compartment", "compartment")
    values = (forest["plot"], forest["subcompartment"], forest["compartment"])
    numbers = ", ".join(f"{word} {value}" for word, value in zip(words, values, strict=True) if value)
    dataset = names[("forest_dataset", forest["dataset"])][language]
    return f"{kind.lower()} ({numbers + '; ' if numbers else ''}{dataset.lower()})"


def number(value: float, digits: int, language: str) -> str:
    """The number as written in the language: 1.234,5 in Vietnamese, 1,234.5 in English."""
    written = f"{value:,.{digits}f}"
    return written.translate(str.maketrans(",.", ".,")) if language == "vi" else written
