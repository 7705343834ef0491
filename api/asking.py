"""Who is asking: the identity behind a request."""

from fastapi import Request

from gis_core.db import ANONYMOUS, Identity


def who(request: Request) -> Identity:  # noqa: ARG001 - every route asks here, whatever an identity is found by
    """The identity behind `request`; anonymous where it carries none."""
    return ANONYMOUS
