"""Keypoints of a garment for the torso, from its silhouette."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from .errors import InputValidationError


@dataclass
class Sleeve:
    """A sleeve's two edges, from the shoulder to the cuff: outer (tip) and inner (armpit)."""

    outer: np.ndarray
    inner: np.ndarray
    mask: np.ndarray

    @property
    def length(self) -> float:
        """From the middle of the armhole to the middle of the cuff."""
        return float(np.linalg.norm((self.outer[-1] + self.inner[-1] - self.outer[0] - self.inner[0]) / 2))

    @property
    def cuff(self) -> float:
        """Width of the cuff."""
        return float(np.linalg.norm(self.outer[-1] - self.inner[-1]))


@dataclass
class TopKeys:
    """Keypoints of a garment worn on the torso; pairs are (left, right) in the picture."""

    collar: tuple[np.ndarray, np.ndarray]
    neck: np.ndarray
    tips: tuple[np.ndarray, np.ndarray]
    armpits: tuple[np.ndarray, np.ndarray]
    sides: list[tuple[float, np.ndarray, np.ndarray]]
    hem: tuple[np.ndarray, np.ndarray]
    sleeves: list[Sleeve | None] = field(default_factory=lambda: [None, None])


def outline(mask: np.ndarray) -> np.ndarray:
    """The longest contour of a mask, n x 2."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        raise InputValidationError("no garment found in the picture")
    return max(contours, key=len)[:, 0, :]


def run_at(mask: np.ndarray, row: int, column: float) -> tuple[int, int]:
    """First and last column of the run of a row that holds (or is nearest to) a column."""
    line = mask[int(np.clip(row, 0, mask.shape[0] - 1))]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line, [0]])))
    if not len(edges):
        return int(column), int(column)
    runs = [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2])]
    return min(runs, key=lambda r: 0 if r[0] <= column <= r[1] else min(
        abs(r[0] - column), abs(r[1] - column)))


def _close_front(mask: np.ndarray) -> np.ndarray:
    """The silhouette with an open front closed: what lies between its two halves is filled."""
    height, width = mask.shape
    middle = width // 2
    filled = mask.copy()
    gaps = 0
    for row in range(int(0.02 * height), height):
        line = np.flatnonzero(mask[row])
        left, right = line[line <= middle], line[line > middle]
        if len(left) and len(right) and 1 < right[0] - left[-1] < 0.3 * width:
            filled[row, left[-1]:right[0]] = 1
            gaps += row > 0.3 * height
    return filled if gaps > 0.35 * height else mask


def _armpits(mask: np.ndarray, middle: float) -> list[tuple[np.ndarray, bool] | None]:
    """Deepest side dent on each side and whether a sleeve lies above it (else an armhole)."""
    height, width = mask.shape
    contour = outline(cv2.GaussianBlur(mask * 255, (5, 5), 0) // 128)
    hull = cv2.convexHull(contour, returnPoints=False)
    hull[::-1].sort(axis=0)
    defects = cv2.convexityDefects(contour, hull)
    best: list[tuple[float, np.ndarray, bool] | None] = [None, None]
    for start, end, far, depth in (defects[:, 0] if defects is not None else ()):
        point, depth = contour[far].astype(float), depth / 256
        ends = contour[[start, end]].astype(float)
        upper = ends[ends[:, 1].argmin()]
        side = int(point[0] > middle)
        across = (upper[0] - middle) * (1 if side else -1)
        own = abs(point[0] - middle)
        if depth < 0.03 * width or own < 0.12 * width or not 0.06 < point[1] / height < 0.75:
            continue
        if across <= 0 or abs(ends[0, 1] - ends[1, 1]) < 0.08 * height:
            continue
        sleeve = across > 1.12 * own
        known = best[side]
        if known is None or depth > known[0]:
            best[side] = (depth, point, sleeve)
    result: list[tuple[np.ndarray, bool] | None] = []
    for side, b in enumerate(best):
        if b is None or b[2]:
            result.append(None if b is None else (b[1], True))
            continue
        # No sleeve: the dent is an armhole or the waist; the underarm is the widest row near.
        row = int(b[1][1])
        low, high = ((row, row + int(0.15 * height)) if row < 0.25 * height
                     else (int(0.08 * height), row))
        rows = np.arange(low, max(high, low + 1))
        reach = np.array([run_at(mask, int(r), middle)[side] for r in rows], float)
        pick = int((reach * (1 if side else -1)).argmax())
        result.append((np.array([reach[pick], float(rows[pick])]), False))
    return result


def _between(contour: np.ndarray, a: np.ndarray, b: np.ndarray, away: np.ndarray) -> np.ndarray:
    """The contour's path from a to b that does not pass `away`."""
    i, j, k = (int(((contour - p) ** 2).sum(1).argmin()) for p in (a, b, away))
    n = len(contour)
    forward = (j - i) % n
    if (k - i) % n < forward:
        return contour[(i - np.arange((i - j) % n + 1)) % n].astype(float)
    return contour[(i + np.arange(forward + 1)) % n].astype(float)


def _sleeve(mask: np.ndarray, tip: np.ndarray, armpit: np.ndarray, out: int) -> Sleeve | None:
    """Edges of the sleeve beyond the line from the shoulder's tip to the armpit."""
    height, width = mask.shape
    ys, xs = np.mgrid[:height, :width]
    along = armpit - tip
    beyond = ((xs - tip[0]) * along[1] - (ys - tip[1]) * along[0]) * out > 0
    # Below the armpit a sleeve that hangs down is parted from the torso by a gap.
    beyond &= (ys < armpit[1]) | ((xs - armpit[0]) * out > 0)
    count, labels, stats, _ = cv2.connectedComponentsWithStats((mask & beyond).astype(np.uint8))
    if count < 2:
        return None
    piece = (labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()).astype(np.uint8)
    if piece.sum() < 0.01 * mask.sum():
        return None
    contour = outline(piece)
    joint = (tip + armpit) / 2
    axis = contour[((contour - joint) ** 2).sum(1).argmax()] - joint
    axis = axis / max(np.linalg.norm(axis), 1e-6)
    across = np.array([-axis[1], axis[0]])
    if across @ (tip - armpit) < 0:
        across = -across
    lean = contour @ axis
    far = contour[lean > lean.max() - 0.45 * (lean.max() - joint @ axis)]
    outer = far[(far @ axis * 1.0 + far @ across * 1.2).argmax()].astype(float)
    inner = far[(far @ axis * 1.0 - far @ across * 1.2).argmax()].astype(float)
    return Sleeve(_between(contour, tip, outer, armpit), _between(contour, armpit, inner, tip), piece)


def top_keys(mask: np.ndarray) -> TopKeys:
    """Keypoints of a top, dress or outerwear that lies flat or hangs upright."""
    mask = _close_front(mask)
    height, width = mask.shape
    columns = np.flatnonzero(mask.any(0))
    top = np.where(mask.any(0), mask.argmax(0), height).astype(float)
    low = mask[int(0.5 * height):int(0.9 * height)]
    middle = float(np.nonzero(low)[1].mean()) if low.any() else width / 2
    middle = 0.5 * middle + 0.25 * (columns[0] + columns[-1])
    dents = _armpits(mask, middle)
    found = [d for d in dents if d is not None]
    row = float(np.mean([d[0][1] for d in found])) if found else 0.28 * height
    if not found:
        body = run_at(mask, int(row), middle)
    pits: list[np.ndarray] = []
    for side in (0, 1):
        own, other = dents[side], dents[1 - side]
        if own is not None:
            pits.append(own[0])
        elif other is not None:
            pits.append(np.array([2 * middle - other[0][0], other[0][1]]))
        else:
            pits.append(np.array([body[side], row], float))
    middle = (pits[0][0] + pits[1][0]) / 2
    half = (pits[1][0] - pits[0][0]) / 2
    sleeved = [d is not None and d[1] for d in dents]

    collar, tips = [], []
    dip = int(np.clip(middle, 0, width - 1))
    for side, out in ((0, -1), (1, 1)):
        span = np.clip(middle + out * np.arange(0, int(0.85 * half)), 0, width - 1).astype(int)
        peak = int(span[np.argmin(top[span] + 1e-3 * np.abs(span - middle))])
        if top[dip] - top[peak] < 0.012 * height or abs(peak - middle) < 0.15 * half:
            peak = int(np.clip(middle + out * 0.42 * half, 0, width - 1))
        collar.append(np.array([peak, top[peak]]))
        limit = pits[side][0] + out * (0.22 * half if sleeved[side] else 0.0)
        reach = np.arange(peak, int(np.clip(limit, 0, width - 1)) + out, out)
        reach = reach[(reach >= 0) & (reach < width) & (top[reach.clip(0, width - 1)] < pits[side][1])]
        if len(reach) < 3:
            tips.append(np.array([peak + out * 0.3 * half, top[peak]]))
            continue
        edge = np.column_stack([reach, top[reach]])
        ideal = np.array([pits[side][0] - out * 0.04 * half, top[peak] + 0.1 * half])
        level = edge[edge[:, 1] - top[peak] < 0.3 * (pits[side][1] - top[peak])]
        tips.append(edge[((edge - ideal) ** 2).sum(1).argmin()] if sleeved[side] else level[-1])
    neck = np.array([(collar[0][0] + collar[1][0]) / 2, 0.0])
    neck[1] = max(top[int(np.clip(neck[0], 0, width - 1))], collar[0][1], collar[1][1])

    centre = mask[:, max(0, int(middle) - 2):int(middle) + 3].any(1)
    bottom = float(np.flatnonzero(centre).max()) if centre.any() else height - 1.0
    pit_row = max(pits[0][1], pits[1][1])
    if bottom < pit_row + 0.15 * height:
        bottom = height - 1.0
    last = int(bottom - 0.03 * (bottom - pit_row))
    run = run_at(mask, last, middle)
    hem = (np.array([run[0], bottom]), np.array([run[1], bottom]))
    sides = []
    for share in (0.2, 0.4, 0.6, 0.8):
        line = pit_row + share * (bottom - pit_row)
        left, right = run_at(mask, int(line), middle)
        sides.append((share, np.array([left, line]), np.array([right, line])))
    keys = TopKeys((collar[0], collar[1]), neck, (tips[0], tips[1]), (pits[0], pits[1]), sides, hem)
    for side, out in ((0, -1), (1, 1)):
        if sleeved[side]:
            keys.sleeves[side] = _sleeve(mask, tips[side], pits[side], out)
    if half < 0.08 * width or bottom - pit_row < 0.1 * height:
        raise InputValidationError("no garment of this category found: its outline has no torso")
    return keys
