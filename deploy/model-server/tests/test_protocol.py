"""The HTTP protocol, by calling the ASGI application."""

from __future__ import annotations

import asyncio
import base64
import json
import threading

import pytest

from fitted import predictions
from fitted.app import BODY_LIMIT, App
from fitted.errors import PoseError

PIXEL = "data:image/png;base64," + base64.b64encode(b"x").decode()
GOOD = {"human_img": PIXEL, "garm_img": PIXEL, "category": "top", "quality": "SD"}


async def call(app, method, path, body=None, headers=(), leave=None):
    """One request; `leave` is an event after which the client goes away."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    sent, queue = [], [{"type": "http.request", "body": data, "more_body": False}]

    async def receive():
        if queue:
            return queue.pop()
        await (leave.wait() if leave else asyncio.Event().wait())
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
    await app(scope, receive, send)
    if not sent:
        return None, None
    return sent[0]["status"], json.loads(sent[1]["body"])


class Gate:
    """Stands in for fit(): waits until it is let go, honours `stop`."""

    def __init__(self):
        self.free, self.error, self.threads = threading.Event(), None, []

    def __call__(self, person, garment, category, quality, stop):
        self.threads.append(threading.current_thread())
        while not self.free.wait(0.01):
            if stop():
                raise predictions.Canceled
        if self.error:
            raise self.error
        return b"jpeg"


@pytest.fixture
def gate(monkeypatch):
    made = Gate()
    monkeypatch.setattr(predictions, "fit", made)
    monkeypatch.setattr(predictions, "models", lambda: None)
    return made


def ready(test):
    """Run an async test with an application whose models are loaded."""
    async def run():
        app = App(1)
        app.runner.start()
        await app.runner._task
        await asyncio.wait_for(test(app), 20)
    asyncio.run(run())


def test_ready_and_schema(gate):
    async def test(app):
        status, body = await call(app, "GET", "/health-check")
        assert status == 200 and body["status"] == "READY" and "setup" in body and "version" in body
        status, body = await call(app, "GET", "/openapi.json")
        properties = body["components"]["schemas"]["Input"]["properties"]
        assert status == 200 and set(properties) == {"human_img", "garm_img", "category", "quality"}
        assert "Output" in body["components"]["schemas"]
    ready(test)


def test_not_ready(monkeypatch):
    async def run():
        app = App(1)
        assert (await call(app, "GET", "/health-check"))[1]["status"] == "STARTING"
        assert (await call(app, "GET", "/openapi.json"))[0] == 503
        status, body = await call(app, "PUT", "/predictions/a", {"input": GOOD})
        assert status == 503 and body["status"] == "failed" and body["error"]

        def broken():
            raise RuntimeError
        monkeypatch.setattr(predictions, "models", broken)
        app.runner.start()
        await app.runner._task
        assert (await call(app, "GET", "/health-check"))[1]["status"] == "SETUP_FAILED"
    asyncio.run(run())


def test_success_and_forgotten(gate):
    gate.free.set()

    async def test(app):
        for _ in range(2):
            status, body = await call(app, "PUT", "/predictions/a-1", {"input": {**GOOD, "steps": 30}})
            assert status == 200 and body["status"] == "succeeded" and body["id"]
            assert body["output"] == "data:image/jpeg;base64," + base64.b64encode(b"jpeg").decode()
            assert body["metrics"]["predict_time"] >= 0
        status, body = await call(app, "POST", "/predictions", {"input": GOOD})
        assert status == 200 and body["id"]
        assert all(t is not threading.main_thread() for t in gate.threads) and len(gate.threads) == 3
        assert (await call(app, "POST", "/predictions/a/cancel"))[0] == 404
    ready(test)


def test_model_error_is_data(gate):
    gate.error = PoseError("no person found in the photo")
    gate.free.set()

    async def test(app):
        status, body = await call(app, "PUT", "/predictions/a", {"input": GOOD})
        assert status == 200 and body["status"] == "failed"
        assert body["error"] == "PoseError: no person found in the photo"
    ready(test)


def test_in_flight_capacity_and_cancel(gate):
    async def test(app):
        first = asyncio.create_task(call(app, "PUT", "/predictions/a", {"input": GOOD}))
        await asyncio.sleep(0.05)
        status, body = await call(app, "PUT", "/predictions/a", {"input": GOOD})
        assert status == 202 and body["id"] == "a" and body["status"] in ("starting", "processing")
        status, body = await call(app, "PUT", "/predictions/b", {"input": GOOD})
        assert status == 409 and body == {"error": "At capacity - all prediction slots busy", "status": "failed"}
        assert (await call(app, "GET", "/health-check"))[1]["status"] == "BUSY"
        assert await call(app, "POST", "/predictions/a/cancel") == (200, {})
        status, body = await first
        assert status == 200 and body["status"] == "canceled"
        assert (await call(app, "GET", "/health-check"))[1]["status"] == "READY"
    ready(test)


def test_async_and_disconnect(gate):
    async def test(app):
        status, body = await call(app, "PUT", "/predictions/a", {"input": GOOD}, [(b"prefer", b"respond-async")])
        assert status == 202
        await call(app, "POST", "/predictions/a/cancel")
        while app.runner.flying:
            await asyncio.sleep(0.01)
        leave = asyncio.Event()
        task = asyncio.create_task(call(app, "PUT", "/predictions/b", {"input": GOOD}, leave=leave))
        await asyncio.sleep(0.05)
        leave.set()
        assert await task == (None, None)
        while app.runner.flying:
            await asyncio.sleep(0.01)
    ready(test)


@pytest.mark.parametrize(("change", "field"), [
    ({"human_img": None}, "human_img"), ({"garm_img": 5}, "garm_img"), ({"category": "cape"}, "category"),
    ({"quality": "8K"}, "quality"), ({"human_img": "http://127.0.0.1/a.png"}, "human_img"),
    ({"human_img": "file:///etc/hostname"}, "human_img"), ({"category": ["top"]}, "category"),
])
def test_schema_faults(gate, change, field):
    async def test(app):
        status, body = await call(app, "PUT", "/predictions/a", {"input": {**GOOD, **change}})
        assert status == 422 and body["detail"][0]["loc"] == ["body", "input", field]
        assert set(body["detail"][0]) == {"loc", "msg", "type"}
        assert not app.runner.flying
    ready(test)


def test_other_faults(gate):
    async def test(app):
        assert (await call(app, "PUT", "/predictions/a", b"{"))[0] == 422
        assert (await call(app, "PUT", "/predictions/a", {}))[0] == 422
        assert (await call(app, "PUT", "/predictions/a", {"input": GOOD, "id": "b"}))[0] == 422
        assert (await call(app, "PUT", "/predictions/a", {"input": GOOD, "webhook": "http://x/"}))[0] == 422
        length = [(b"content-length", str(BODY_LIMIT + 1).encode())]
        assert (await call(app, "PUT", "/predictions/a", b"", length))[0] == 413
        assert (await call(app, "GET", "/predictions/a"))[0] == 405
        assert (await call(app, "GET", "/nothing"))[0] == 404
    ready(test)
