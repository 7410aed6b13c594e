"""Prediction slots: runs in threads, cancellation, and the life of an id."""

from __future__ import annotations

import asyncio
import base64
import logging
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from . import __version__
from .errors import FitError
from .fit import Canceled, fit, models
from .schema import Input, load_uri

log = logging.getLogger("fitted")


def _now() -> str:
    return datetime.now(UTC).isoformat()


@dataclass
class Prediction:
    """One run; `answer` is what the client is told, `done` is set when it has ended."""

    id: str
    input: Input
    answer: dict[str, Any] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Runner:
    """Loads the models in the background and runs at most `slots` predictions at a time."""

    def __init__(self, slots: int = 1) -> None:
        self.slots = max(1, slots)
        self.flying: dict[str, Prediction] = {}
        self.setup: dict[str, Any] = {"status": "starting", "started_at": _now(), "logs": ""}
        self._pool = ThreadPoolExecutor(self.slots, thread_name_prefix="predict")
        self._task: asyncio.Task[None] | None = None

    @property
    def status(self) -> str:
        """Health as the cog protocol names it."""
        state = self.setup["status"]
        if state != "succeeded":
            return "STARTING" if state == "starting" else "SETUP_FAILED"
        return "BUSY" if len(self.flying) >= self.slots else "READY"

    def start(self) -> None:
        """Begin to load the models; call inside a running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._load())

    async def _load(self) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, models)
            self.setup |= {"status": "succeeded", "completed_at": _now()}
        except Exception:  # noqa: BLE001  (told by the health check)
            log.exception("the models could not be loaded")
            self.setup |= {"status": "failed", "completed_at": _now()}

    def close(self) -> None:
        """Ask all runs to stop."""
        for run in self.flying.values():
            run.stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def health(self) -> dict[str, Any]:
        """Body of the health check."""
        return {"status": self.status, "setup": self.setup, "version": {"fitted": __version__}}

    def begin(self, prediction_id: str | None, checked: Input) -> Prediction | None:
        """Take a slot and start a run; None where all slots are taken."""
        if len(self.flying) >= self.slots:
            return None
        run = Prediction(prediction_id or uuid.uuid4().hex, checked)
        run.answer = {"id": run.id, "status": "starting", "created_at": _now(), "logs": ""}
        self.flying[run.id] = run
        run_task = asyncio.get_running_loop().create_task(self._run(run))
        run_task.add_done_callback(lambda _: None)
        return run

    async def _run(self, run: Prediction) -> None:
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._pool, self._predict, run)
        except Exception as error:  # noqa: BLE001  (the pool is closing)
            result = {"status": "failed", "error": f"InternalServerError: {type(error).__name__}"}
        run.answer = {**run.answer, **result, "completed_at": _now()}
        self.flying.pop(run.id, None)
        run.done.set()

    @staticmethod
    def _predict(run: Prediction) -> dict[str, Any]:
        """The work, in a thread. An error of the model is data of the answer."""
        begun = time.perf_counter()
        run.answer = {**run.answer, "status": "processing", "started_at": _now()}
        result: dict[str, Any]
        try:
            if run.stop.is_set():
                raise Canceled
            picture = fit(load_uri(run.input.human_img, "person"), load_uri(run.input.garm_img, "garment"),
                          run.input.category, run.input.quality, run.stop.is_set)
            output = "data:image/jpeg;base64," + base64.b64encode(picture).decode("ascii")
            result = {"status": "succeeded", "output": output}
        except Canceled:
            result = {"status": "canceled"}
        except FitError as error:
            result = {"status": "failed", "error": str(error)}
        except Exception as error:  # noqa: BLE001
            log.exception("prediction %s failed", run.id)
            result = {"status": "failed", "error": f"InternalServerError: {type(error).__name__}"}
        result["metrics"] = {"predict_time": round(time.perf_counter() - begun, 4)}
        return result
