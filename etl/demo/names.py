"""Names typed for the demo city: public street names are real, people and enterprises are invented and say so."""

from collections.abc import Sequence

import numpy as np

# Follows every invented name of a person or an enterprise, so that nobody takes it for a real one.
INVENTED = "(mẫu)"

STREETS = tuple(
    """Trần Phú;Phan Đình Phùng;Nguyễn Thị Minh Khai;3 Tháng 2;3 Tháng 4;Bùi Thị Xuân;Hai Bà Trưng;Trần Hưng Đạo;
    Hoàng Diệu;Nguyễn Chí Thanh;Lê Đại Hành;Hồ Tùng Mậu;Nguyễn Công Trứ;Xô Viết Nghệ Tĩnh;Phù Đổng Thiên Vương;
    Hùng Vương;Yersin;Trần Quốc Toản;Bà Triệu;Hoàng Văn Thụ;Nguyễn Văn Trỗi;Phan Bội Châu;Phan Chu Trinh;
    Lý Tự Trọng;Thông Thiên Học;Nguyễn Văn Cừ;Mai Anh Đào;Nguyên Tử Lực;Ngô Quyền;Tô Ngọc Vân;Pasteur;
    Khe Sanh;Lê Hồng Phong;Trần Quang Diệu;Nguyễn Trãi;Quang Trung;Chi Lăng;Hồ Xuân Hương;Cách Mạng Tháng Tám;
    Lữ Gia;Trần Khánh Dư;Vạn Kiếp;Mê Linh;Huyền Trân Công Chúa;Đào Duy Từ;Bà Huyện Thanh Quan;Đinh Tiên Hoàng;
    Võ Thị Sáu;Nguyễn Du;Nguyễn Đình Chiểu;Nguyễn Lương Bằng;Hải Thượng;Hoàng Hoa Thám;Hà Huy Tập;
    Huỳnh Thúc Kháng;Lê Quý Đôn;Lê Thánh Tôn;Lê Văn Tám;Lương Thế Vinh;Lý Nam Đế;Lý Thường Kiệt;Mạc Đĩnh Chi;
    Mai Hắc Đế;Mai Xuân Thưởng;Măng Lin;Ngô Gia Tự;Ngô Thì Nhậm;Ngô Thì Sỹ;Ngô Văn Sở;Nguyễn An Ninh;
    Nguyễn Hoàng;Nguyễn Hữu Cảnh;Nguyễn Hữu Cầu;Nguyễn Khuyến;Nguyễn Siêu;Nguyễn Thái Bình;Nguyễn Thị Định;
    Nguyễn Thị Nghĩa;Nguyễn Thượng Hiền;Nguyễn Trung Trực;Nguyễn Viết Xuân;Nhà Chung;Phạm Hồng Thái;
    Phạm Ngọc Thạch;Phạm Ngũ Lão;Phó Đức Chính;Sương Nguyệt Ánh;Tăng Bạt Hổ;Thái Phiên;Thánh Mẫu;Thi Sách;
    Thủ Khoa Huân;Tô Hiến Thành;Tô Hiệu;Tô Vĩnh Diện;Tôn Thất Tùng;Trần Anh Tông;Trần Bình Trọng;Trần Lê;
    Trần Nhân Tông;Trần Nhật Duật;Trần Quang Khải;Trần Quý Cáp;Trần Thái Tông;Trần Thánh Tông;Trạng Trình;
    Triệu Việt Vương;Trịnh Hoài Đức;Trường Chinh;Trương Công Định;Tự Phước;Vạn Hạnh;Vạn Thành;Võ Trường Toản;
    Yên Thế;Yết Kiêu;An Bình;An Dương Vương;An Sơn;An Tôn;Ankroet;Bạch Đằng;Bế Văn Đàn;Cam Ly;Cao Bá Quát;
    Cao Thắng;Châu Văn Liêm;Chu Văn An;Cô Bắc;Cô Giang;Cổ Loa;Cù Chính Lan;Dã Tượng;Đankia;Đinh Công Tráng;
    Đoàn Thị Điểm;Đống Đa;Gio An;Hàn Thuyên;Hoa Hồng;Hoa Phượng Tím;Huỳnh Tấn Phát;Kim Đồng;La Sơn Phu Tử;
    Lê Lai;Lê Thị Hồng Gấm;Lê Thị Riêng;Lương Định Của;19 Tháng 5""".replace("\n    ", "").split(";")
)
PLANNED_AREAS = ("Phạm Hồng Thái", "Bạch Đằng", "Nguyên Tử Lực", "Cao Bá Quát", "Ngô Quyền", "Hồ Xuân Hương", "Yersin")

_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương")
_MIDDLES = ("Văn", "Thị", "Minh", "Ngọc", "Thanh", "Hữu", "Quốc", "Thu", "Đức", "Kim", "Xuân", "Gia")
_GIVEN = (
    "An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Hạnh", "Hiếu", "Hoa", "Hùng", "Khánh", "Lan", "Liên", "Linh", "Long",
    "Mai", "Nam", "Nga", "Nhung", "Phúc", "Phương", "Quân", "Sơn", "Tâm", "Thảo", "Thủy", "Trang", "Tuấn",
    "Vinh", "Yến",
)  # fmt: skip
_SHOP_WORDS = (
    "Thông Xanh",
    "Sương Mai",
    "Đồi Gió",
    "Mimosa",
    "Hoa Dã Quỳ",
    "Phố Núi",
    "Rừng Thông",
    "Ban Mai",
    "Hướng Dương",
)


def people(rng: np.random.Generator, count: int) -> list[str]:
    """`count` invented personal names in Vietnamese order, each marked as invented."""
    parts = [np.array(words)[rng.integers(0, len(words), count)] for words in (_SURNAMES, _MIDDLES, _GIVEN)]
    return [f"{surname} {middle} {given} {INVENTED}" for surname, middle, given in zip(*parts, strict=True)]


def shops(rng: np.random.Generator, trades: Sequence[str]) -> list[str]:
    """One invented enterprise name for each trade, marked as invented."""
    words = np.array(_SHOP_WORDS)[rng.integers(0, len(_SHOP_WORDS), len(trades))]
    given = np.array(_GIVEN)[rng.integers(0, len(_GIVEN), len(trades))]
    return [f"{trade} {word} {name} {INVENTED}" for trade, word, name in zip(trades, words, given, strict=True)]


def streets(count: int) -> list[str]:
    """`count` street names, all different; beyond the public names, numbered streets of planned areas."""
    numbered = count - len(STREETS)
    areas = len(PLANNED_AREAS)
    extra = [f"Đường số {k // areas + 1} KQH {PLANNED_AREAS[k % areas]}" for k in range(max(numbered, 0))]
    return [*STREETS[:count], *extra]
