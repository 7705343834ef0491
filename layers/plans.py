"""Planning dossiers: the decision, its level, scale and time of validity; their zones are in `planning_zones`."""

from gis_core.layer import Access, Field, Layer, Source, Style, Text, Tiles
from layers.codes import codes
from layers.groups import PLANNING

PLANS = Layer(
    id="plans",
    title=Text("Đồ án quy hoạch", "Plans"),
    description=Text(
        "Đồ án quy hoạch với quyết định phê duyệt, cấp độ và thời kỳ hiệu lực.",
        "Plans with their approval decision, level and time of validity.",
    ),
    group=PLANNING,
    shape="MultiPolygon",
    validity=True,
    display="plan_name",
    fields=(
        Field("plan_code", "text", Text("Mã đồ án", "Plan code"), required=True, indexed=True, in_tiles=True),
        Field("plan_version", "integer", Text("Phiên bản", "Version"), required=True, minimum=1, in_tiles=True),
        Field("plan_name", "text", Text("Tên đồ án", "Plan name"), required=True, folded=True, in_tiles=True),
        Field(
            "plan_level",
            "text",
            Text("Cấp độ quy hoạch", "Plan level"),
            codes=codes("plan_level"),
            required=True,
            in_tiles=True,
        ),
        Field("plan_scale", "text", Text("Tỷ lệ bản vẽ", "Drawing scale"), pattern="1/[0-9]+"),
        Field(
            "plan_status", "text", Text("Trạng thái đồ án", "Plan status"), codes=codes("plan_status"), required=True
        ),
        Field("decision_no", "text", Text("Số quyết định phê duyệt", "Approval decision number")),
        Field("decision_date", "date", Text("Ngày phê duyệt", "Approval date")),
        Field("approving_authority", "text", Text("Cơ quan phê duyệt", "Approving authority")),
        Field("announced_on", "date", Text("Ngày công bố quy hoạch", "Publication date")),
        Field("planning_period", "text", Text("Giai đoạn quy hoạch", "Planning period")),
    ),
    access=Access(write=frozenset({"planner"})),
    style=Style("#b5651d", outline="#b5651d", opacity=0.03, width=1.5, visible=False),
    tiles=Tiles(min_zoom=8, max_zoom=16),
    source=Source(
        key=("plan_code", "plan_version"),
        columns={
            "plan_code": ("MaDoAn",),
            "plan_name": ("TenDoAn",),
            "plan_status": ("TrangThaiDoAn",),
            "plan_level": ("LoaiQuyHoach",),
            "approving_authority": ("CoQuanPheDuyet",),
            "decision_no": ("SoQuyetDinhPheDuyet",),
            "decision_date": ("NgayPheDuyet",),
        },
    ),
)
