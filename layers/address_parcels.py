"""Which house number belongs to which parcels: many to many, each link with its origin and how sure it is."""

from gis_core.layer import Access, Field, Layer, Source, Text
from layers.codes import codes
from layers.groups import ADMINISTRATION

ADDRESS_PARCELS = Layer(
    id="address_parcels",
    title=Text("Liên kết số nhà và thửa đất", "Links of house numbers and parcels"),
    description=Text(
        "Số nhà nào thuộc thửa đất nào, với nguồn gốc và độ tin cậy của từng liên kết.",
        "Which house number belongs to which parcel, with the origin and the confidence of each link.",
    ),
    group=ADMINISTRATION,
    shape=None,
    parent="house_numbers",
    validity=True,
    fields=(
        Field("house_id", "bigint", Text("Số nhà", "House number"), references="house_numbers", required=True),
        Field("parcel_id", "bigint", Text("Thửa đất", "Parcel"), references="land_parcels", required=True),
        Field("relation", "text", Text("Quan hệ", "Relation"), codes=codes("address_parcel_relation"), required=True),
        Field("how", "text", Text("Căn cứ", "Rule of the link"), required=True),
        Field("confidence", "number", Text("Độ tin cậy", "Confidence"), required=True, minimum=0, maximum=1),
        Field(
            "provenance",
            "text",
            Text("Nguồn gốc", "Provenance"),
            codes=codes("address_parcel_provenance"),
            required=True,
        ),
    ),
    access=Access(write=frozenset({"planner", "administrator"})),
    source=Source(key=("house_id", "parcel_id")),
)
