"""Edges of legwear, from its silhouette."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .keypoints import run_at


@dataclass
class LegKeys:
    """Outer and inner edges (waist to hem) of the two halves of legwear; split: has two legs."""

    outer: tuple[np.ndarray, np.ndarray]
    inner: tuple[np.ndarray, np.ndarray]
    crotch: float               # share of the height at which the legs part (1: a skirt)
    split: bool


def leg_keys(mask: np.ndarray, count: int = 28) -> LegKeys:
    """Keypoints of trousers, shorts or a skirt."""
    height, width = mask.shape
    waist = run_at(mask, int(0.03 * height), width / 2)
    middle = (waist[0] + waist[1]) / 2
    gap = int(0.04 * width)
    closed = [bool(mask[r, max(0, int(middle) - gap):int(middle) + gap + 1].all())
              for r in range(height)]
    opening = [r for r in range(int(0.12 * height), int(0.97 * height)) if not closed[r]]
    parted = 0.0
    if opening:
        tail = np.array([not c for c in closed[opening[0]:int(0.97 * height)]])
        parted = float(tail.mean())
    split = bool(opening) and parted > 0.5 and opening[0] < 0.9 * height
    start = opening[0] if split else height - 1
    rows = np.linspace(0.005 * height, 0.995 * height - 1, count)
    edges: list[list[tuple[float, float]]] = [[], [], [], []]
    for row in rows:
        line = np.flatnonzero(mask[int(row)])
        if not len(line):
            line = np.array([waist[0], waist[1]])
        left, right = float(line[0]), float(line[-1])
        in_left = in_right = middle
        if split and row >= start:
            low, high = line[line <= middle], line[line > middle]
            in_left = float(low[-1]) if len(low) else middle
            in_right = float(high[0]) if len(high) else middle
        for store, x in zip(edges, (left, in_left, in_right, right)):
            store.append((x, float(row)))
    arrays = [np.array(e) for e in edges]
    return LegKeys((arrays[0], arrays[3]), (arrays[1], arrays[2]), start / height, split)
