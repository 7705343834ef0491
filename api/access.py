"""Puts the parts of access before and into the application: limits, identity, log-in and audit pages."""

from fastapi import FastAPI
from granian.utils.proxies import wrap_asgi_with_proxy_headers

from api import accounts, audit, single_sign_on
from api.asking import Asking
from api.rates import Rates
from api.security import Security
from gis_core.settings import Settings


def install_access(app: FastAPI, settings: Settings) -> None:
    """Let `app` know who asks, from where, how much and how often; what is added last is met first."""
    rates = Rates(settings.requests_per_minute, 2 * settings.requests_per_minute)
    app.add_middleware(Asking, rates=rates)
    app.add_middleware(Security, largest_body=settings.largest_request, slowest_body=settings.body_seconds)
    app.add_middleware(wrap_asgi_with_proxy_headers, trusted_hosts=settings.trusted_proxies)
    for part in (accounts, single_sign_on, audit):
        app.include_router(part.router)
