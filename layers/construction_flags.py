"""What the job `unpermitted-construction` finds: buildings to be checked, and those it looked at and let be."""

from gis_core.layer import OWN_WARDS, Access, Field, Layer, Role, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import RESULTS

_SENSITIVE = Text(
    "Nghi vấn chưa được con người kết luận; dữ liệu về vi phạm là dữ liệu nhạy cảm (Luật 91/2025/QH15)",
    "Candidates not yet decided by a person; data on violations are sensitive (Law 91/2025/QH15)",
)
_STAFF: frozenset[Role] = frozenset({"planner", "inspector", "operator", "administrator"})

_FOUND = (
    Field("ward_code", "text", Text("Mã phường/xã", "Ward code"), indexed=True, pattern="[0-9]{5}"),
    Field("permit_match", "text", Text("Đối chiếu giấy phép", "Permit match"), codes=codes("permit_match")),
    Field("exemption", "text", Text("Miễn giấy phép", "Permit exemption"), codes=codes("tri_state")),
    Field("land_use_conflict", "boolean", Text("Mâu thuẫn mục đích sử dụng đất", "Land-use conflict")),
    Field("distance_to_forest_m", "number", Text("Khoảng cách đến rừng", "Distance to forest"), unit="m", minimum=0),
    Field(
        "overlap_forest_m2", "number", Text("Diện tích chồng lấn đất rừng", "Overlap with forest land"), unit="m2",
        minimum=0,
    ),
    Field("reason_vi", "text", Text("Lý do", "Reason in Vietnamese")),
    Field("reason_en", "text", Text("Lý do (tiếng Anh)", "Reason")),
)  # fmt: skip
"""What flags and rejections both tell of a building."""

CONSTRUCTION_FLAGS = Layer(
    id="construction_flags",
    title=Text("Nghi vấn xây dựng gần rừng", "Construction flags near forest"),
    description=Text(
        "Công trình cần kiểm tra: nghi vấn do máy lập, chỉ con người kết luận.",
        "Buildings to be checked: candidates found by a machine, decided upon by people only.",
    ),
    group=RESULTS,
    shape="MultiPolygon",
    display="flag_code",
    moment="detected_on",
    written_by="unpermitted-construction",
    fields=(
        Field("flag_code", "text", Text("Mã nghi vấn", "Flag code"), required=True, indexed=True, in_tiles=True),
        Field(
            "flag_type", "text", Text("Loại nghi vấn", "Kind of suspicion"), codes=codes("flag_type"), required=True,
            in_tiles=True,
        ),
        Field("flag_types", "text", Text("Mọi loại nghi vấn, cách nhau bằng dấu cách", "All kinds, by spaces")),
        Field(
            "flag_status", "text", Text("Trạng thái xác minh", "Verification status"), codes=codes("flag_status"),
            required=True, indexed=True, in_tiles=True,
        ),
        Field("grade", "text", Text("Mức ưu tiên", "Grade"), codes=codes("flag_grade"), in_tiles=True),
        Field("needs_check", "boolean", Text("Cần kiểm tra vì thiếu dữ liệu", "Needs a check: facts are missing")),
        Field("building_id", "bigint", Text("Công trình", "Building"), references="buildings"),
        Field("parcel_id", "bigint", Text("Thửa đất", "Parcel"), references="land_parcels"),
        *_FOUND,
        Field(
            "forest_function", "text", Text("Ba loại rừng", "Forest function"), codes=codes("forest_function")
        ),
        Field("forest_sources", "text", Text("Lớp rừng nói là rừng", "Forest datasets that say so")),
        Field("score", "number", Text("Điểm ưu tiên", "Priority score"), minimum=0, maximum=1),
        Field("score_parts", "json", Text("Thành phần điểm", "Parts of the score")),
        Field("evidence", "json", Text("Chứng cứ", "Evidence")),
        Field("detected_on", "date", Text("Ngày phát hiện", "Detected on")),
        Field("inspection_record_no", "text", Text("Số biên bản kiểm tra", "Inspection record number"), personal=True),
        Field("suspend_order_no", "text", Text("Số quyết định đình chỉ", "Suspension order number"), personal=True),
        Field("penalty_decision_no", "text", Text("Số quyết định xử phạt", "Penalty decision number"), personal=True),
    ),
    access=Access(
        read=_STAFF,
        write=frozenset({"inspector", "administrator"}),
        personal=frozenset({"inspector"}),
        rows={"inspector": OWN_WARDS},
        reason=_SENSITIVE,
    ),
    style=Style("#d84315", outline="#8c2300", opacity=0.7, label="flag_code"),
    tiles=Tiles(min_zoom=12, max_zoom=18),
    source=Source(key=("flag_code",)),
)  # fmt: skip

CONSTRUCTION_REJECTIONS = Layer(
    id="construction_rejections",
    title=Text("Công trình gần rừng đã loại", "Buildings near forest let be"),
    description=Text(
        "Công trình mới gần rừng mà máy đã xét và không lập nghi vấn, kèm lý do.",
        "New buildings near forest that the job looked at and did not flag, each with the reason.",
    ),
    group=RESULTS,
    shape="MultiPolygon",
    display="building_code",
    moment="looked_at_on",
    written_by="unpermitted-construction",
    fields=(
        Field("building_code", "text", Text("Mã xét", "Code"), required=True, indexed=True),
        Field(
            "rejection", "text", Text("Lý do loại", "Why let be"), codes=codes("flag_rejection"), required=True,
            in_tiles=True,
        ),
        # No reference: a building may be deleted before the next run takes it out of this list.
        Field("building_id", "bigint", Text("Mã đối tượng công trình", "Id of the building"), required=True),
        *_FOUND,
        Field("looked_at_on", "date", Text("Ngày xét", "Looked at on")),
    ),
    access=Access(
        read=_STAFF,
        write=frozenset({"inspector", "administrator"}),
        rows={"inspector": OWN_WARDS},
        reason=_SENSITIVE,
    ),
    style=Style("#9e9e9e", outline="#616161", colour_by="rejection", opacity=0.5, visible=False),
    tiles=Tiles(min_zoom=12, max_zoom=18),
    source=Source(key=("building_code",)),
)  # fmt: skip
