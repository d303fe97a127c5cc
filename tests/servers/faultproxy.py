"""A proxy in front of an S3 server that fails as told, and keeps a log of every request.

Host, path bytes and Content-Length pass unchanged, so that signatures stay valid.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Literal, Self

from aiohttp import ClientSession, TCPConnector, web
from yarl import URL

_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "proxy-authorization"}
_AUTO = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


@dataclass
class Fault:
    """What to do with requests whose `METHOD /path?query` matches `match`.

    The first `after` of them pass, the next `times` fail: `error` answers with `status`, `code`, `headers`;
    `body` answers 200 with `text`; `reset` closes the connection at once; `cut` sends `fraction` of the body
    and resets; `etag` passes the answer on with another ETag.
    """

    match: str
    do: Literal["error", "body", "reset", "cut", "etag"]
    status: int = 503
    code: str = "SlowDown"
    message: str = ""
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    fraction: float = 0.5
    times: int = 1_000_000
    after: int = 0
    seen: int = 0


class FaultProxy:
    """`with FaultProxy(upstream) as proxy:` — `proxy.url`, `proxy.faults`, `proxy.requests`."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.url = ""
        self.faults: list[Fault] = []
        self.requests: list[str] = []  # "METHOD /path?query", in order of arrival
        self.fired: list[str] = []
        self.sent: list[tuple[str, int]] = []  # requests that were passed on, with the bytes that came back
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._serve, name="faultproxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    def fail(self, match: str, do: Literal["error", "body", "reset", "cut", "etag"], **more: object) -> Fault:
        """Add a fault and return it."""
        fault = Fault(match, do, **more)  # type: ignore[arg-type]  # the caller's keywords are Fault's fields
        self.faults.append(fault)
        return fault

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._run())

    async def _run(self) -> None:
        self._stop = asyncio.Event()
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", self._handle)
        async with ClientSession(connector=TCPConnector(limit=64), auto_decompress=False) as session:
            self._session = session
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            assert site._server is not None
            port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
            self.url = f"http://127.0.0.1:{port}"
            self._ready.set()
            await self._stop.wait()
            await runner.cleanup()

    def _fault(self, request: str) -> Fault | None:
        for fault in self.faults:
            if re.search(fault.match, request):
                fault.seen += 1
                if fault.after < fault.seen <= fault.after + fault.times:
                    self.fired.append(request)
                    return fault
        return None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        line = f"{request.method} {request.raw_path}"
        self.requests.append(line)
        fault = self._fault(line)
        if fault is not None and fault.do == "reset":
            _reset(request)
            return web.Response()
        if fault is not None and fault.do in ("error", "body"):
            return _made_up(request, fault)
        return await self._forward(request, fault)

    async def _forward(self, request: web.Request, fault: Fault | None) -> web.StreamResponse:
        body = await request.read() if request.body_exists else None
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in _HOP]
        async with self._session.request(
            request.method,
            URL(self.upstream + request.raw_path, encoded=True),
            headers=headers,
            data=body,
            allow_redirects=False,
            skip_auto_headers=_AUTO,
        ) as answer:
            out = web.StreamResponse(status=answer.status, reason=answer.reason)
            for name, value in answer.headers.items():
                if name.lower() not in _HOP and name.lower() not in ("date", "server"):
                    out.headers.add(name, value)
            if fault is not None and fault.do == "etag":
                out.headers["ETag"] = '"changed"'
            await out.prepare(request)
            if request.method == "HEAD":
                await out.write_eof()
                return out
            left = int((answer.content_length or 0) * fault.fraction) if fault and fault.do == "cut" else None
            number = len(self.sent)
            self.sent.append((f"{request.method} {request.raw_path}", 0))
            async for chunk in answer.content.iter_chunked(1 << 16):
                self.sent[number] = (self.sent[number][0], self.sent[number][1] + len(chunk))
                if left is not None and len(chunk) >= left:
                    await out.write(chunk[:left])
                    _reset(request)
                    return out
                await out.write(chunk)
                left = None if left is None else left - len(chunk)
            await out.write_eof()
            return out


def _made_up(request: web.Request, fault: Fault) -> web.Response:
    if fault.do == "body":
        return web.Response(
            status=200, text=fault.text, content_type="application/xml", headers=fault.headers
        )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><Error>'
        f"<Code>{fault.code}</Code><Message>{fault.message}</Message></Error>"
    )
    return web.Response(
        status=fault.status,
        text="" if request.method == "HEAD" or not fault.code else text,
        content_type="application/xml",
        headers=fault.headers,
    )


def _reset(request: web.Request) -> None:
    """Close the connection with a TCP reset instead of an orderly end."""
    transport = request.transport
    if transport is not None:
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
