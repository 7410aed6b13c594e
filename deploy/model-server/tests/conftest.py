"""Pictures for the tests: the samples of the repository."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
SAMPLES = Path(os.environ.get("FIT_SAMPLES", ROOT.parent.parent / "samples"))


@pytest.fixture(scope="session")
def load():
    """The bytes of a sample by file name."""
    return lambda name: (SAMPLES / name).read_bytes()


@pytest.fixture(scope="session")
def empty_room() -> bytes:
    """A picture with no person."""
    ramp = np.tile(np.linspace(60, 200, 600, dtype=np.uint8)[None, :, None], (800, 1, 3))
    return cv2.imencode(".png", ramp)[1].tobytes()


@pytest.fixture(scope="session")
def on_plain(load):
    """The same garment on a plain, slightly uneven background, without alpha."""

    def draw(name: str) -> bytes:
        rgba = cv2.imdecode(np.frombuffer(load(name), np.uint8), cv2.IMREAD_UNCHANGED)
        height, width = rgba.shape[:2]
        pad = 40
        ramp = np.linspace(-5, 5, width + 2 * pad)[None, :, None]
        back = np.clip(np.array((234, 236, 236))[None, None] + ramp + np.zeros((height + 2 * pad, 1, 1)), 0, 255)
        alpha = rgba[..., 3:].astype(float) / 255
        inner = back[pad:-pad, pad:-pad]
        back[pad:-pad, pad:-pad] = inner * (1 - alpha) + rgba[..., :3] * alpha
        return cv2.imencode(".png", back.astype(np.uint8))[1].tobytes()

    return draw
