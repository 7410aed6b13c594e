"""Loads mediapipe's solutions without the two packages it imports and this code never uses."""

from __future__ import annotations

import importlib.util
import os
import sys
import types

os.environ.setdefault("GLOG_minloglevel", "2")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def _stand_in(name: str) -> None:
    """Register an empty module where `name` is not installed (plots, sound input)."""
    if name in sys.modules or importlib.util.find_spec(name.split(".")[0]) is not None:
        return
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        full = ".".join(parts[:depth])
        module = sys.modules.setdefault(full, types.ModuleType(full))
        module.__path__ = []  # type: ignore[attr-defined]
        if depth > 1:
            setattr(sys.modules[".".join(parts[:depth - 1])], parts[depth - 1], module)


_stand_in("matplotlib.pyplot")
_stand_in("sounddevice")

from mediapipe.python.solutions import face_detection, face_mesh, pose, selfie_segmentation  # noqa: E402

__all__ = ["face_detection", "face_mesh", "pose", "selfie_segmentation"]
