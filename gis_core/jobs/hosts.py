"""Calls to the addresses that the submitter of a job named: to allowed hosts only, and never waiting for long.

A server that calls any address it is told is a way into the network behind it: the host must be on the deployment's
list, the address that its name stands for must be public (or on the list itself), and that very address is called.
"""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from gis_core.errors import BadRequest, NotAllowed, Unavailable

LARGEST = 4 << 20
"""Bytes of an input that is fetched."""
SECONDS = httpx.Timeout(10.0, connect=5.0)
LONGEST = 2000
_PORTS = {"http": 80, "https": 443}

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts that may be called: names and networks, each with a port (None: 80 and 443)."""

    names: frozenset[tuple[str, int | None]] = frozenset()
    networks: frozenset[tuple[_Network, int | None]] = frozenset()

    def checked(self, words: str) -> httpx.URL:
        """The address in `words`. Raises `BadRequest` where it is none, or its host is not on the list."""
        url = _url(words)
        if not any(self._fits(url, name, port) for name, port in self.names):
            address = _address(url.host)
            if address is None or not self._listed(address, url):
                raise BadRequest(
                    f"máy '{url.host}' không được phép nhận thông báo ở đây · "
                    f"the host '{url.host}' is none that jobs may report to here"
                )
        return url

    def place(self, url: httpx.URL) -> str:
        """The address to call for `url`.

        Raises `NotAllowed` where its name stands for one that is neither public nor on the list, and `Unavailable`
        where nobody knows the name.
        """
        try:
            known = socket.getaddrinfo(url.host, _port(url), type=socket.SOCK_STREAM)
        except OSError as error:
            raise Unavailable(f"The host '{url.host}' is not known: {error}.") from None
        for found in (ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in known):
            if _public(found) or self._listed(found, url):
                return str(found)
        raise NotAllowed(f"The host '{url.host}' is in a private network, which is not on the list.")

    def _fits(self, url: httpx.URL, name: str, port: int | None) -> bool:
        return url.host == name and _port_fits(url, port)

    def _listed(self, address: _Address, url: httpx.URL) -> bool:
        return any(address in network and _port_fits(url, port) for network, port in self.networks)


def read_hosts(words: str) -> Hosts:
    """The hosts in a list by commas. Raises `BadRequest` naming an entry that cannot be read."""
    names, networks = set(), set()
    for entry in filter(None, (one.strip().lower() for one in words.split(","))):
        host, port = _parted(entry)
        try:
            networks.add((ipaddress.ip_network(host.strip("[]")), port))
        except ValueError:
            if "/" in host or not host.replace("-", "").replace(".", "").isalnum():
                raise BadRequest(f"LANGBIANG_CALLBACK_HOSTS: '{entry}' is neither host nor network.") from None
            names.add((host, port))
    return Hosts(frozenset(names), frozenset(networks))


def deliver(words: str, document: Any, hosts: Hosts) -> None:
    """Send the document to the address. Raises `Unavailable` where that fails and may succeed later, else `NotAllowed`.

    Redirects are not followed: they could lead to hosts that are not allowed.
    """
    url = hosts.checked(words)
    with _asking("POST", url, hosts, json=document) as answer:
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or answer.status_code in (408, 425, 429):
            raise Unavailable(f"{url.host} answered {answer.status_code}.")
        if not answer.is_success:
            raise NotAllowed(f"{url.host} refused the report with {answer.status_code}.")


def fetch(words: str, hosts: Hosts) -> bytes:
    """What is at the address. Raises `BadRequest` where its host is not on the list or does not give it."""
    url, content = hosts.checked(words), b""
    try:
        with _asking("GET", url, hosts) as answer:
            if answer.status_code != httpx.codes.OK:
                raise BadRequest(f"'{url.host}' trả lời {answer.status_code} · it answered {answer.status_code}")
            for part in answer.iter_bytes():
                content += part
                if len(content) > LARGEST:
                    raise BadRequest(f"quá {LARGEST} byte · it has more than {LARGEST} bytes")
    except (NotAllowed, Unavailable) as refused:
        raise BadRequest(f"không lấy được · {refused}") from None
    return content


@contextmanager
def _asking(method: str, url: httpx.URL, hosts: Hosts, **content: Any) -> Iterator[httpx.Response]:
    place = url.copy_with(host=hosts.place(url))
    # No proxy from the environment: it would resolve the name anew.
    client = httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False)
    headers, extensions = {"Host": url.netloc.decode("ascii")}, {"sni_hostname": url.host}
    try:
        with client, client.stream(method, place, headers=headers, extensions=extensions, **content) as answer:
            yield answer
    except httpx.TransportError as error:
        raise Unavailable(f"{url.host} could not be reached: {type(error).__name__}.") from None


def faults(subscriber: Any, hosts: Hosts) -> Iterator[tuple[str, str]]:
    """Pointer and sentence for what is wrong with the member `subscriber` of a request, none where it is right."""
    if not isinstance(subscriber, dict):
        yield "/subscriber", "phải là đối tượng JSON · an object is expected"
        return
    if "successUri" not in subscriber:
        yield "/subscriber/successUri", "thiếu · it is missing"
    for name, value in subscriber.items():
        if name not in ("successUri", "inProgressUri", "failedUri"):
            yield f"/subscriber/{name[:100]}", "không có ở đây · there is no such member"
            continue
        try:
            hosts.checked(value)
        except BadRequest as refused:
            yield f"/subscriber/{name}", str(refused)


def _url(words: object) -> httpx.URL:
    refused = BadRequest("phải là một địa chỉ http hoặc https · an http or https address is expected")
    if not isinstance(words, str) or len(words) > LONGEST:
        raise refused
    try:
        url = httpx.URL(words)
    except httpx.InvalidURL:
        raise refused from None
    if url.scheme not in _PORTS or not url.host or url.userinfo:
        raise refused
    return url


def _parted(entry: str) -> tuple[str, int | None]:
    host, colon, port = entry.rpartition(":")
    if colon and port.isdecimal() and (host.count(":") == 0 or host.endswith("]")):
        return host, int(port)
    return entry, None


def _address(host: str) -> _Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _public(address: _Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_global and not mapped.is_multicast)


def _port(url: httpx.URL) -> int:
    return url.port or _PORTS[url.scheme]


def _port_fits(url: httpx.URL, port: int | None) -> bool:
    return _port(url) in _PORTS.values() if port is None else _port(url) == port
