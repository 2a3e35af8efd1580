"""The WebSocket of a page: messages in, messages and pictures out."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.websockets import WebSocket, WebSocketDisconnect

from handtint.errors import HandtintError
from handtint.studio.opened import OpenProject, Superseded
from handtint.studio.outbox import Outbox
from handtint.studio.protocol import Edit, Hello, Live, parse
from handtint.studio.sessions import Sessions
from handtint.studio.wording import to_json, words_of


async def serve_page(socket: WebSocket, project: OpenProject, sessions: Sessions) -> None:
    """Talk with a page until it or the project goes."""
    await socket.accept()
    page = Outbox(project.showing.guides)
    project.pages.add(page)
    sessions.page_came()
    tasks = {
        asyncio.create_task(_send(socket, page)),
        asyncio.create_task(_listen(socket, project, page)),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        project.leave(page)
        sessions.page_went()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # It may be closed already.
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(1000)


async def _send(socket: WebSocket, page: Outbox) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while (message := await page.take()) is not None:
            if isinstance(message, str):
                await socket.send_text(message)
            else:
                await socket.send_bytes(message)


async def _listen(socket: WebSocket, project: OpenProject, page: Outbox) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        try:
            if text is None:
                raise HandtintError("a binary message; only JSON as text is read")
            _answer(project, page, text)
        except Superseded:
            page.post({"type": "superseded"})
        except HandtintError as error:
            page.post({"type": "error", "kind": "message", **to_json(words_of(error))})


def _answer(project: OpenProject, page: Outbox, text: str) -> None:
    message = parse(text)
    if isinstance(message, Hello):
        project.hello(page, message.client)
    elif isinstance(message, Edit):
        project.edit(page, message.seq, message.command)
    elif isinstance(message, Live):
        project.live(page, message.painted)
    elif message.type == "ping":
        page.post({"type": "pong"})
    else:
        project.wish(page, message.type)
