"""House numbers that break the rules of numbering, as the job `house-number-check` finds them."""

from gis_core.layer import Access, Field, Layer, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import RESULTS

HOUSE_NUMBER_FINDINGS = Layer(
    id="house_number_findings",
    title=Text("Lỗi đánh số nhà", "House-number findings"),
    description=Text(
        "Số trùng, thiếu, sai bên, sai thứ tự, xa đường hoặc chưa gắn thửa, do máy tìm để cán bộ xem xét.",
        "Duplicate, missing or misplaced numbers, far from the street or without a parcel, found for staff to review.",
    ),
    group=RESULTS,
    shape="Point",
    display="house_number",
    moment="found_on",
    written_by="house-number-check",
    fields=(
        Field(
            "fault", "text", Text("Loại lỗi", "Kind of fault"), codes=codes("house_number_fault"), required=True,
            indexed=True, in_tiles=True,
        ),
        # No reference: a number may be deleted before the next check takes its findings away.
        Field("house_id", "bigint", Text("Mã đối tượng số nhà", "Id of the house number"), required=True),
        Field("street_name", "text", Text("Tên đường", "Street name"), required=True, indexed=True, folded=True),
        Field("house_number", "text", Text("Số nhà", "House number"), required=True, in_tiles=True),
        Field("ward_code", "text", Text("Mã phường/xã", "Ward code"), indexed=True, pattern="[0-9]{5}"),
        Field("reason_vi", "text", Text("Lý do", "Reason in Vietnamese"), required=True),
        Field("reason_en", "text", Text("Lý do (tiếng Anh)", "Reason"), required=True),
        Field("found_on", "date", Text("Ngày phát hiện", "Found on"), required=True),
    ),
    access=Access(
        read=frozenset({"planner", "administrator"}),
        write=frozenset({"planner", "administrator"}),
        reason=Text(
            "Kết quả do máy tìm, cán bộ đánh số nhà chưa xem xét",
            "Found by a machine and not yet reviewed by the house-number staff",
        ),
    ),
    style=Style("#b3261e", outline="#ffffff", colour_by="fault", label="house_number", opacity=0.95, width=5),
    tiles=Tiles(min_zoom=12, max_zoom=18),
    source=Source(key=("fault", "house_id")),
)  # fmt: skip
