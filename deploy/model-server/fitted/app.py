"""HTTP server (ASGI) that speaks the cog prediction protocol.

Run: uvicorn fitted.app:app --host 127.0.0.1 --port 5000
Settings: FIT_SLOTS (predictions at a time in a process, 1).
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from .predictions import Prediction, Runner
from .schema import openapi, parse_input

BODY_LIMIT = 100 * 2**20
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class HttpError(Exception):
    """An answer other than the usual one."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.status, self.body = status, body


def _failed(status: int, message: str, **more: Any) -> HttpError:
    return HttpError(status, {**more, "error": message, "status": "failed"})


async def _answer(send: Send, status: int, body: Any) -> None:
    data = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def _read(scope: Scope, receive: Receive) -> bytes:
    """The request's body, not beyond the limit."""
    too_large = HttpError(413, {"detail": f"the body is larger than {BODY_LIMIT >> 20} MiB"})
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if length.isdigit() and int(length) > BODY_LIMIT:
        raise too_large
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > BODY_LIMIT:
            raise too_large
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _unprocessable(loc: list[str], message: str, kind: str) -> HttpError:
    return HttpError(422, {"detail": [{"loc": ["body", *loc], "msg": message, "type": kind}]})


class App:
    """The ASGI application."""

    def __init__(self, slots: int | None = None) -> None:
        self.runner = Runner(slots if slots is not None else int(os.environ.get("FIT_SLOTS", "1")))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            try:
                status, body = await self._route(scope, receive)
            except HttpError as error:
                status, body = error.status, error.body
            except ConnectionResetError:
                return
            await _answer(send, status, body)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.runner.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self.runner.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _route(self, scope: Scope, receive: Receive) -> tuple[int, Any]:
        raw = scope.get("raw_path") or scope["path"].encode()
        parts = [unquote(p) for p in raw.split(b"?")[0].decode("latin-1").strip("/").split("/")]
        method = scope["method"]
        match parts:
            case ["health-check"]:
                allowed = "GET"
            case ["openapi.json"]:
                allowed = "GET"
            case ["predictions"]:
                allowed = "POST"
            case ["predictions", _]:
                allowed = "PUT"
            case ["predictions", _, "cancel"]:
                allowed = "POST"
            case _:
                raise HttpError(404, {"detail": "Not Found"})
        if method != allowed and not (method == "HEAD" and allowed == "GET"):
            raise HttpError(405, {"detail": "Method Not Allowed"})
        if parts[0] == "health-check":
            return 200, self.runner.health()
        if parts[0] == "openapi.json":
            self._ready()
            return 200, openapi()
        if len(parts) == 3:
            run = self.runner.flying.get(parts[1])
            if run is None:
                return 404, {}
            run.stop.set()
            return 200, {}
        return await self._predict(parts[1] if len(parts) == 2 else None, scope, receive)

    def _ready(self) -> None:
        if self.runner.status not in ("READY", "BUSY"):
            raise _failed(503, "the models are not loaded" if self.runner.status == "STARTING"
                          else "the models could not be loaded")

    async def _predict(self, prediction_id: str | None, scope: Scope, receive: Receive) -> tuple[int, Any]:
        data = await _read(scope, receive)
        self._ready()
        if prediction_id is not None and not 0 < len(prediction_id) <= 256:
            raise HttpError(422, {"detail": [{"loc": ["path", "prediction_id"], "msg": "1 to 256 characters",
                                              "type": "string_length"}]})
        if prediction_id in self.runner.flying:
            return 202, self.runner.flying[prediction_id].answer
        try:
            body = await asyncio.to_thread(json.loads, data) if len(data) > 2**18 else json.loads(data)
        except (ValueError, RecursionError):
            raise _unprocessable([], "the body is not valid JSON", "json_invalid") from None
        if not isinstance(body, dict):
            raise _unprocessable([], "Input should be an object", "dict_type")
        if body.get("webhook"):
            raise _unprocessable(["webhook"], "webhooks are not supported", "value_error")
        own = body.get("id")
        if own is not None and (not isinstance(own, str) or not 0 < len(own) <= 256):
            raise _unprocessable(["id"], "1 to 256 characters", "string_type")
        if prediction_id is None:
            prediction_id = own
        elif own not in (None, prediction_id):
            raise _unprocessable(["id"], "the id must match the id in the path", "value_error")
        checked, faults = parse_input(body.get("input"))
        if checked is None:
            raise HttpError(422, {"detail": faults})
        if prediction_id in self.runner.flying:     # taken while the body was parsed
            return 202, self.runner.flying[prediction_id].answer
        run = self.runner.begin(prediction_id, checked)
        if run is None:
            raise _failed(409, "At capacity - all prediction slots busy")
        prefer = dict(scope["headers"]).get(b"prefer", b"").decode("latin-1").lower()
        if "respond-async" in prefer:
            return 202, run.answer
        await self._wait(run, receive)
        return 200, run.answer

    @staticmethod
    async def _wait(run: Prediction, receive: Receive) -> None:
        """Until the run has ended; a client that goes away cancels it."""

        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        done, leave = asyncio.create_task(run.done.wait()), asyncio.create_task(gone())
        try:
            await asyncio.wait((done, leave), return_when=asyncio.FIRST_COMPLETED)
            if not run.done.is_set():
                run.stop.set()
                raise ConnectionResetError
        finally:
            done.cancel()
            leave.cancel()


app = App()
