"""The groups under which the layer tree shows the layers, and the reasons for secrecy that several layers share."""

from gis_core.layer import Text

ADMINISTRATION = Text("Hành chính", "Administration")
LAND = Text("Đất đai", "Land")
PLANNING = Text("Quy hoạch", "Planning")
CONSTRUCTION = Text("Xây dựng", "Construction")
ENVIRONMENT = Text("Môi trường", "Environment")
TRANSPORT = Text("Giao thông", "Transport")
BUSINESS = Text("Kinh doanh", "Business")
CITY_LIFE = Text("Đời sống đô thị", "City life")
TERRAIN = Text("Địa hình và ảnh", "Terrain and imagery")
RESULTS = Text("Kết quả phân tích", "Analysis results")

PERSONAL_DATA = Text(
    "Có dữ liệu cá nhân (Luật 91/2025/QH15, hiệu lực 01/01/2026)",
    "Holds personal data (Law 91/2025/QH15, in force 1 January 2026)",
)
