"""The administrator's page of the audit: who read personal data, changed something or logged in."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from api.account_pages import page
from api.asking import asker
from api.platform import Platform, platform
from api.web.language import language
from gis_core.audit import entries
from gis_core.db import acting_as
from gis_core.errors import NotFound
from gis_core.layer import Text

router = APIRouter()
PAGE = 100
ACTIONS = {
    "read": Text("Đọc", "Read"),
    "count": Text("Đếm", "Count"),
    "export": Text("Xuất dữ liệu", "Export"),
    "insert": Text("Thêm", "Add"),
    "update": Text("Sửa", "Change"),
    "delete": Text("Xoá", "Delete"),
    "login": Text("Đăng nhập", "Log-in"),
    "login failed": Text("Đăng nhập hỏng", "Failed log-in"),
    "logout": Text("Đăng xuất", "Log-out"),
    "logout everywhere": Text("Đăng xuất mọi nơi", "Log-out everywhere"),
    "new password": Text("Đổi mật khẩu", "New password"),
    "new application_password": Text("Tạo mật khẩu ứng dụng", "New application password"),
    "new token": Text("Tạo mã truy cập", "New token"),
    "revoke credential": Text("Thu hồi mã", "Revoked credential"),
}


@router.get("/admin/audit")
def audit_page(
    request: Request,
    house: Annotated[Platform, Depends(platform)],
    subject: str = "",
    layer: str = "",
    action: str = "",
    before: int | None = None,
) -> Response:
    """A page of entries, newest first. For others than administrators there is no such page."""
    found = asker(request)
    if found.account is None:
        return RedirectResponse("/login?next=/admin/audit", 303)
    if found.identity.role != "administrator":
        raise NotFound("Không có trang này. · There is no such page.")
    with acting_as(house.engines, found.identity) as connection:
        rows = connection.execute(entries(subject, layer, action, before).limit(PAGE + 1)).all()
    asked = {"subject": subject, "layer": layer, "action": action}
    older = urlencode({**asked, "before": rows[PAGE - 1].id}) if len(rows) > PAGE else ""
    titles = {one.id: one.title[language(request)] for one in house.catalog.layers}
    return page(
        request, "audit", entries=rows[:PAGE], asked=asked, older=older, layers=house.catalog.layers, titles=titles,
        actions=ACTIONS, days=house.settings.audit_days,
    )  # fmt: skip
