"""What stands before the page and its interface: who may come in, and with what.

A page of another site must not be able to reach the studio, whatever it tries: a name that
resolves to this machine (Host), a request from its own pages (Origin, the SameSite cookie, the
header), a WebSocket (the same checks at the handshake), a frame around the page (CSP). No other
program without the token can come in either.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handtint.studio.limits import MAX_BYTES, MAX_JSON
from handtint.studio.wording import Said, said, to_json

_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'"
)
_SECURITY: Final = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
_READING: Final = frozenset({"GET", "HEAD"})
_REFUSED_BYTES: Final = 1_000_000
_REFUSED_SECONDS: Final = 1.0
_PAGE: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8">{head}'
    '<link rel="icon" href="data:,"><title>handtint</title><p>{text}'
)


@dataclass(slots=True)
class Keys:
    """What lets a page in.

    Parameters
    ----------
    port : int
        Port of the server.
    hosts : tuple of str
        Names and addresses under which the server may be called.
    token : str
        Valid once, in the address that is printed.
    cookie : str
        What the token is exchanged for.
    """

    port: int
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    token: str | None = field(default_factory=lambda: secrets.token_urlsafe(32))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def cookie_name(self) -> str:
        """Name of the cookie; cookies do not tell ports apart, so the name does."""
        return f"handtint_{self.port}"

    @property
    def authorities(self) -> frozenset[str]:
        """Allowed values of the Host header."""
        named = {f"{host}:{self.port}".lower() for host in self.hosts}
        return frozenset(named | set(self.hosts) if self.port == 80 else named)

    def address(self) -> str:
        """The address with the token, for the person."""
        return f"http://{self.hosts[0]}:{self.port}/?token={self.token}"

    def redeem(self, token: str) -> bool:
        """Whether ``token`` is the one that is valid; it is no more, afterwards."""
        if self.token is None or not _same(token, self.token):
            return False
        self.token = None
        return True


class Gate:
    """ASGI middleware that lets in what comes from the studio's own page.

    Parameters
    ----------
    app : ASGI application
        What stands behind the gate.
    keys : Keys
        What lets in.
    """

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self.app = app
        self.keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request or a handshake, and pass it on or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if scope["type"] == "websocket":
            if refusal is not None:
                await _refuse_handshake(receive, send)
            else:
                await self.app(scope, receive, send)
            return
        send = _secured(scope, send)
        if refusal is None and scope["path"] == "/" and scope["method"] == "GET":
            query = parse_qs(scope["query_string"].decode("latin-1"))
            if "token" in query:
                await self._exchange(query["token"], headers)(scope, receive, send)
                return
        if refusal is None and not self._has_cookie(headers):
            refusal = _denied(
                "cookie",
                said("cookie"),
                headers,
            )
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        limit = _body_limit(scope)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > limit:
            await _take_rest(receive)
            await too_large(limit)(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, _limited(receive, limit), watched)
        except asyncio.CancelledError:
            # The server ends, and does not wait for a slow upload or download.
            if started:
                raise
            await JSONResponse(error_json("ended", said("ended")), 503)(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """Why a request is not let in, whatever cookie it has."""
        allowed = self.keys.authorities
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or hosts[0].lower() not in allowed:
            return _denied("host", said("host"), headers)
        if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in origins):
            return _denied("origin", said("origin"), headers)
        if scope["path"] != "/" and headers.get("sec-fetch-site", "none") not in {
            "same-origin",
            "none",
        }:
            return _denied("origin", said("origin"), headers)
        if scope["type"] == "websocket":
            return None if self._has_cookie(headers) else _denied("cookie", said("cookie"), headers)
        if scope["method"] not in _READING and headers.getlist("x-handtint") != ["1"]:
            return _denied("header", said("header"), headers)
        return None

    def _exchange(self, tokens: Iterable[str], headers: Headers) -> Response:
        """The cookie for the token; a page that has the cookie may come again."""
        onwards = _PAGE.format(
            head='<meta http-equiv="refresh" content="0;url=/">',
            text='<a href="/">Open the studio</a>',
        )
        token = next(iter(tokens))
        if self.keys.redeem(token):
            response = HTMLResponse(onwards)
            response.set_cookie(
                self.keys.cookie_name, self.keys.cookie, httponly=True, samesite="strict", path="/"
            )
            return response
        if self._has_cookie(headers):
            return HTMLResponse(onwards)
        return _denied(
            "token",
            said("token"),
            headers,
        )

    def _has_cookie(self, headers: Headers) -> bool:
        # By hand: `http.cookies` gives up at the first odd cookie, and other programs on this
        # machine may have set some; cookies do not tell ports apart.
        for line in headers.getlist("cookie"):
            for pair in line.split(";"):
                name, _, value = pair.strip().partition("=")
                if name == self.keys.cookie_name and _same(value, self.keys.cookie):
                    return True
        return False


def error_json(kind: str, message: str) -> dict[str, dict[str, Any]]:
    """The body of every error."""
    return {"error": {"kind": kind, **to_json(message)}}


def too_large(limit: int) -> Response:
    """The answer to a body that is over the limit."""
    return JSONResponse(error_json("too large", _too_large(limit)), 413, {"connection": "close"})


def _too_large(limit: int) -> Said:
    most = f"{limit // 10**6} MB" if limit >= 10**6 else f"{limit} bytes"
    return said("too_large", most=most)


def _same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), secret.encode())


def _denied(kind: str, message: str, headers: Headers) -> Response:
    if "text/html" in headers.get("accept", ""):
        return HTMLResponse(_PAGE.format(head="", text=escape(f"handtint: {message}")), 403)
    return JSONResponse(error_json(kind, message), 403)


async def _refuse_handshake(receive: Receive, send: Send) -> None:
    await receive()
    # Before "accept", this is answered with 403.
    await send({"type": "websocket.close", "code": 1008})


def _secured(scope: Scope, send: Send) -> Send:
    """``send`` with the security headers; nothing of the interface is stored by default."""

    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _SECURITY.items():
                headers[name] = value
            static = scope["path"].startswith("/static/")
            headers.setdefault("cache-control", "no-cache" if static else "no-store")
        await send(message)

    return secured


def _body_limit(scope: Scope) -> int:
    path: str = scope["path"].rstrip("/")
    takes_files = path == "/api/projects" or path.endswith("/mask")
    return MAX_BYTES if takes_files else MAX_JSON


async def _take_rest(receive: Receive) -> None:
    """Let the rest of a body that is refused come in, within bounds.

    A connection that is closed with bytes unread is reset, and the answer may be lost.
    """
    left = _REFUSED_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(_REFUSED_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
                left -= len(message.get("body", b""))


def _limited(receive: Receive, limit: int) -> Receive:
    """``receive`` that ends a body whose length was not told, or told wrong."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            if message.get("more_body"):
                await _take_rest(receive)
            raise HTTPException(413, _too_large(limit))
        return message

    return limited
