"""What the server's log tells of an unexpected error."""

import pytest
import structlog

from api.log import configure_log


def broken(owner_name: str) -> None:
    raise RuntimeError("broken" if owner_name else "nobody")


def test_an_unexpected_error_is_logged_without_the_values_at_hand(capsys: pytest.CaptureFixture[str]) -> None:
    configure_log()
    try:
        broken(" ".join(["Nguyễn", "Văn", "A"]))
    except RuntimeError as error:
        structlog.get_logger().error("unexpected", exc_info=error)
    told = capsys.readouterr().out
    assert "RuntimeError: broken" in told
    assert "Nguyễn Văn A" not in told
