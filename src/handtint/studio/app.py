"""The HTTP interface: the page, its files, and what it asks for by id."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, FastAPI, Query, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from handtint import __version__
from handtint.errors import HandtintError, OutputError, PhotoError, ProjectError
from handtint.io import DEFAULT_MAX_PIXELS
from handtint.studio import schema
from handtint.studio.catalogue import describe_methods, describe_palette, describe_spots
from handtint.studio.files import export_name
from handtint.studio.gate import error_json
from handtint.studio.limits import MAX_BYTES, MAX_NAME, MAX_POINTS, MAX_STROKES
from handtint.studio.opened import Conflict, OpenProject
from handtint.studio.pyramid import read_tile
from handtint.studio.sessions import Sessions, TooMany
from handtint.studio.socket import serve_page
from handtint.studio.wording import Said, said, words_of

STATIC: Final = Path(__file__).with_name("static")

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    code: {"model": schema.ErrorAnswer} for code in (400, 403, 404, 405, 409, 413, 415, 422, 503)
}
_FILE_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class _Once(FileResponse):
    """A file that is gone when it is sent, or when the one who asked is."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            Path(self.path).unlink(missing_ok=True)


class _Files(StaticFiles):
    """Files of known types only; their types do not depend on the machine."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        kind = _TYPES.get(Path(path).suffix.lower())
        if kind is None:
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["content-type"] = kind
        return response


async def _known(identity: str, request: Request) -> OpenProject:
    project: OpenProject | None = request.app.state.sessions.get(identity)
    if project is None:
        raise HTTPException(404, said("no_project"))
    return project


_Known = Annotated[OpenProject, Depends(_known)]
_Name = Annotated[str, Query(max_length=MAX_NAME)]


def create_app(sessions: Sessions) -> FastAPI:
    """The application behind the gate.

    Parameters
    ----------
    sessions : Sessions
        The open projects.
    """
    app = FastAPI(
        title="handtint studio",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        responses=_ERRORS,
        redirect_slashes=False,
        # Nothing about a photo leaves the machine.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.sessions = sessions
    _handle_errors(app)

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(
            STATIC / "index.html", media_type=_TYPES[".html"], headers={"cache-control": "no-cache"}
        )

    @app.get("/api/session", responses={200: {"model": schema.SessionAnswer}})
    async def session() -> Response:
        first = sessions.first
        output = None if first is None or first.output is None else first.output.path.name
        return JSONResponse(
            {
                "mode": sessions.mode,
                "project": None if first is None else first.id,
                "version": __version__,
                "output": output,
                "limits": {
                    "bytes": MAX_BYTES,
                    "pixels": DEFAULT_MAX_PIXELS,
                    "strokes": MAX_STROKES,
                    "points": MAX_POINTS,
                },
            }
        )

    @app.get("/api/methods", responses={200: {"model": schema.MethodsAnswer}})
    async def methods() -> Response:
        return JSONResponse(await asyncio.to_thread(describe_methods))

    @app.post(
        "/api/projects",
        openapi_extra=_FILE_BODY,
        responses={200: {"model": schema.ProjectAnswer}},
    )
    async def open_project(request: Request, name: _Name = "photo") -> Response:
        if sessions.mode == "mask":
            raise HTTPException(409, said("one_mask"))
        async with _received(request) as path:
            project = await sessions.open(path, name)
        sessions.first = project
        return JSONResponse(project.to_json())

    @app.post(
        "/api/projects/{identity}/mask",
        openapi_extra=_FILE_BODY,
        responses={200: {"model": schema.ProjectAnswer}},
    )
    async def open_mask(project: _Known, request: Request, name: _Name = "mask") -> Response:
        async with _received(request) as path:
            await project.set_base(path)
        return JSONResponse(project.to_json())

    @app.get("/api/projects/{identity}", responses={200: {"model": schema.ProjectAnswer}})
    async def get_project(project: _Known) -> Response:
        return JSONResponse(project.to_json())

    @app.get(
        "/api/projects/{identity}/tiles/{level}/{row}/{column}",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    async def tile(project: _Known, level: int, row: int, column: int) -> Response:
        place = project.scratch, project.opened.shape, level, row, column
        data = await asyncio.to_thread(read_tile, *place)
        if data is None:
            raise HTTPException(404, said("no_tile"))
        return Response(
            data,
            media_type="application/octet-stream",
            headers={"cache-control": "private, max-age=86400, immutable"},
        )

    @app.get(
        "/api/projects/{identity}/base.png",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}},
    )
    async def base(project: _Known) -> Response:
        path = project.scratch / "base.png"
        if not (project.has_base and path.exists()):
            raise HTTPException(404, said("no_base"))
        return FileResponse(path, media_type="image/png", headers={"cache-control": "no-store"})

    @app.post(
        "/api/projects/{identity}/export",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    async def export(project: _Known, wish: schema.ExportWish) -> Response:
        path = await project.export(wish.format)
        return _Once(
            path,
            media_type="application/octet-stream",
            filename=export_name(project.name, wish.format),
            headers={"cache-control": "no-store"},
        )

    @app.get("/api/projects/{identity}/advice", responses={200: {"model": schema.AdviceAnswer}})
    async def advice(project: _Known) -> Response:
        height, width = project.opened.shape
        return JSONResponse(describe_spots(await project.spots(), height, width))

    @app.get(
        "/api/projects/{identity}/palette/{row}/{column}",
        responses={200: {"model": schema.PaletteAnswer}},
    )
    async def palette(project: _Known, row: int, column: int) -> Response:
        height, width = project.opened.shape
        if not (0 <= row < height and 0 <= column < width):
            raise HTTPException(404, said("no_place"))
        found = await project.palette((column + 0.5) / width, (row + 0.5) / height)
        return JSONResponse(describe_palette(found))

    @app.post("/api/projects/{identity}/save", responses={200: {"model": schema.SavedAnswer}})
    async def save(project: _Known) -> Response:
        rev, name = await project.save()
        return JSONResponse({"saved_rev": rev, "name": name})

    @app.delete("/api/projects/{identity}", status_code=204, response_class=Response)
    async def close(project: _Known, forget: Literal["0", "1"] = "0") -> Response:
        if sessions.mode == "mask":
            raise HTTPException(409, said("close_page"))
        await sessions.close(project, forget=forget == "1")
        return Response(status_code=204)

    @app.websocket("/api/projects/{identity}/socket")
    async def socket(websocket: WebSocket, identity: str) -> None:
        project = sessions.get(identity)
        if project is None:
            await websocket.close(1008)
            return
        await serve_page(websocket, project, sessions)

    app.mount("/static", _Files(directory=STATIC, follow_symlink=False), name="static")
    return app


def _handle_errors(app: FastAPI) -> None:
    def answer(code: int, kind: str, message: str) -> JSONResponse:
        return JSONResponse(error_json(kind, message), code)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        return answer(error.status_code, _KINDS.get(error.status_code, "request"), error.detail)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        code = 400 if first["type"] == "json_invalid" else 422
        return answer(code, "values", said("field", where=where, reason=first["msg"]))

    @app.exception_handler(HandtintError)
    async def wrong(request: Request, error: HandtintError) -> Response:
        kinds: list[tuple[type[HandtintError], int, str]] = [
            (OutputError, 409, "output"),
            (PhotoError, 415, "photo"),
            (ProjectError, 415, "project"),
            (TooMany, 409, "projects"),
            (Conflict, 409, "state"),
        ]
        found = (entry[1:] for entry in kinds if isinstance(error, entry[0]))
        code, kind = next(found, (422, "values"))
        text = words_of(error)
        # What other parts of handtint say has no key; what it is about has.
        return answer(code, kind, text if isinstance(text, Said) else said(kind, reason=text))

    @app.exception_handler(OSError)
    async def unwritable(request: Request, error: OSError) -> Response:
        return answer(503, "disk", said("disk", reason=error.strerror or str(error)))

    @app.exception_handler(ClientDisconnect)
    async def left(request: Request, error: ClientDisconnect) -> Response:
        return answer(400, "request", said("broken_off"))

    # The traceback goes to the terminal nevertheless.
    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        return answer(500, "bug", said("bug", name=type(error).__name__))


_KINDS: Final = {404: "unknown", 405: "request", 409: "state", 413: "too large"}


@asynccontextmanager
async def _received(request: Request) -> AsyncIterator[Path]:
    """The body in a temporary file, which is gone afterwards."""
    uploads = request.app.state.sessions.uploads
    handle, name = tempfile.mkstemp(dir=uploads)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            async for chunk in request.stream():
                await asyncio.to_thread(file.write, chunk)
        if path.stat().st_size == 0:
            raise HTTPException(400, said("empty"))
        yield path
    finally:
        path.unlink(missing_ok=True)
