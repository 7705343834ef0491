"""Citizens' reports of a problem at a place, their handling and deadlines; reporters stay unknown to the public."""

from gis_core.layer import Access, Field, Layer, Rows, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import CITY_LIFE, PERSONAL_DATA

REPORT_POINTS = Layer(
    id="report_points",
    title=Text("Phản ánh hiện trường", "Citizen reports"),
    description=Text(
        "Phản ánh của người dân: lĩnh vực, nội dung công khai, đơn vị xử lý, thời hạn và kết quả.",
        "Reports by citizens: category, public text, responsible unit, deadline and result.",
    ),
    group=CITY_LIFE,
    shape="Point",
    display="report_code",
    moment="received_at",
    fields=(
        Field("report_code", "text", Text("Mã phản ánh", "Report code"), required=True, indexed=True, in_tiles=True),
        Field(
            "report_category",
            "text",
            Text("Lĩnh vực phản ánh", "Category"),
            codes=codes("report_category"),
            required=True,
            in_tiles=True,
        ),
        Field("report_severity", "text", Text("Mức độ", "Urgency"), codes=codes("report_severity"), required=True),
        Field(
            "report_status",
            "text",
            Text("Trạng thái xử lý", "Status"),
            codes=codes("report_status"),
            required=True,
            in_tiles=True,
        ),
        Field("public_content", "text", Text("Nội dung công khai", "Public text"), folded=True),
        Field("report_content", "text", Text("Nội dung phản ánh", "Full text"), personal=True),
        Field("is_public", "boolean", Text("Được công khai", "May be published"), required=True),
        Field("received_at", "timestamp", Text("Thời điểm tiếp nhận", "Received at"), required=True, indexed=True),
        Field("due_at", "timestamp", Text("Hạn xử lý", "Due at"), indexed=True),
        Field("resolved_at", "timestamp", Text("Thời điểm xử lý xong", "Resolved at")),
        Field("assigned_unit", "text", Text("Đơn vị xử lý", "Responsible unit")),
        Field("ward_code", "text", Text("Mã phường/xã", "Ward code"), indexed=True, pattern="[0-9]{5}"),
        Field("answer", "text", Text("Trả lời", "Answer")),
        Field("answer_public", "boolean", Text("Công khai kết quả", "Answer is public")),
        Field("satisfaction", "integer", Text("Mức độ hài lòng", "Satisfaction"), minimum=1, maximum=5),
        Field("reporter_name", "text", Text("Người phản ánh", "Reporter"), personal=True),
        Field("reporter_phone", "text", Text("Số điện thoại người phản ánh", "Reporter's phone"), personal=True),
    ),
    access=Access(
        read=frozenset({"citizen", "planner", "inspector", "operator", "administrator"}),
        write=frozenset({"operator", "administrator"}),
        personal=frozenset({"operator"}),
        rows={
            role: Rows("is_public", Text("chỉ phản ánh công khai", "published reports only"))
            for role in ("citizen", "planner", "inspector")
        },
        reason=PERSONAL_DATA,
    ),
    style=Style("#c62828", outline="#ffffff", colour_by="report_category", opacity=0.9, width=5),
    tiles=Tiles(min_zoom=11, max_zoom=18),
    source=Source(key=("report_code",)),
)
