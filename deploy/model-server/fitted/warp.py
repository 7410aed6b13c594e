"""Maps from the work frame back into a garment's picture: a spline, and meshes of strips."""

from __future__ import annotations

import cv2
import numpy as np

Map = tuple[np.ndarray, np.ndarray, np.ndarray]
"""x, y (float32, garment pixels) and validity (float32 0..1), each at the work size."""


def _kernel(square: np.ndarray) -> np.ndarray:
    return 0.5 * square * np.log(square + 1e-9)


def spline_map(target: np.ndarray, source: np.ndarray, size: tuple[int, int],
               step: int = 12, stiffness: float = 1e-4) -> Map:
    """Thin-plate spline that takes `target` points to `source` points, on a coarse grid."""
    count = len(target)
    origin, unit = target.mean(0), max(float(np.ptp(target, axis=0).max()), 1.0)
    t = (target - origin) / unit
    square = ((t[:, None] - t[None]) ** 2).sum(-1)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(square) + stiffness * np.eye(count)
    system[:count, count] = 1
    system[:count, count + 1:] = t
    system[count:, :count] = system[:count, count:].T
    right = np.zeros((count + 3, 2))
    right[:count] = source
    weights = np.linalg.solve(system, right)
    width, height = size
    columns, rows = -(-width // step), -(-height // step)
    gx = (np.arange(columns) + 0.5) * width / columns - 0.5
    gy = (np.arange(rows) + 0.5) * height / rows - 0.5
    grid = (np.stack(np.meshgrid(gx, gy), -1).reshape(-1, 2) - origin) / unit
    values = _kernel(((grid[:, None] - t[None]) ** 2).sum(-1)) @ weights[:count]
    values += weights[count] + grid @ weights[count + 1:]
    coarse = values.reshape(rows, columns, 2).astype(np.float32)
    full = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    return (np.ascontiguousarray(full[..., 0]), np.ascontiguousarray(full[..., 1]),
            np.ones((height, width), np.float32))


def mesh_map(target: np.ndarray, source: np.ndarray, size: tuple[int, int]) -> Map:
    """Piecewise affine map of a grid of points (rows x columns x 2); later rows lie on top."""
    rows, columns = target.shape[:2]
    width, height = size
    labels = np.zeros((height, width), np.int32)
    matrices = [np.zeros((2, 3))]
    for i in range(rows - 1):
        for j in range(columns - 1):
            for corners in (((i, j), (i + 1, j), (i, j + 1)),
                            ((i + 1, j), (i + 1, j + 1), (i, j + 1))):
                t = np.array([target[c] for c in corners])
                s = np.array([source[c] for c in corners])
                base = np.column_stack([t, np.ones(3)])
                if abs(np.linalg.det(base)) < 1e-3:
                    continue
                matrices.append(np.linalg.solve(base, s).T)
                cv2.fillConvexPoly(labels, np.round(t * 16).astype(np.int32),
                                   len(matrices) - 1, cv2.LINE_8, 4)
    valid = labels > 0
    map_x = np.zeros((height, width), np.float32)
    map_y = np.zeros((height, width), np.float32)
    ys, xs = np.nonzero(valid)
    if len(xs):
        chosen = np.array(matrices)[labels[ys, xs]]
        at = np.column_stack([xs, ys, np.ones(len(xs))])
        place = np.einsum("nij,nj->ni", chosen, at)
        map_x[ys, xs], map_y[ys, xs] = place[:, 0], place[:, 1]
    weight = valid.astype(np.float32)
    near = np.maximum(cv2.blur(weight, (5, 5)), 1e-6)
    for part in (map_x, map_y):  # carry the map a little past its edge, for resampling
        part[~valid] = (cv2.blur(part, (5, 5)) / near)[~valid]
    return map_x, map_y, weight


def resample(curve: np.ndarray, count: int) -> np.ndarray:
    """A polyline as `count` points at equal distances."""
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    if lengths[-1] < 1e-6:
        return np.repeat(curve[:1], count, 0).astype(np.float64)
    at = np.linspace(0, lengths[-1], count)
    return np.column_stack([np.interp(at, lengths, curve[:, k]) for k in (0, 1)])


def cut(curve: np.ndarray, length: float) -> np.ndarray:
    """The first `length` of a polyline; its last piece is prolonged if it is too short."""
    steps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
    done, out = 0.0, [curve[0]]
    for k, step in enumerate(steps):
        if done + step >= length or k == len(steps) - 1:
            direction = (curve[k + 1] - curve[k]) / max(step, 1e-6)
            out.append(curve[k] + direction * (length - done))
            break
        out.append(curve[k + 1])
        done += step
    return np.array(out)


def smooth(curve: np.ndarray, window: int) -> np.ndarray:
    """Moving average along an evenly sampled polyline, its ends kept."""
    window |= 1
    half = window // 2
    first = 2 * curve[0] - curve[1:half + 1][::-1]
    last = 2 * curve[-1] - curve[-half - 1:-1][::-1]
    padded = np.vstack([first, curve, last])
    kernel = np.ones(window) / window
    return np.column_stack([np.convolve(padded[:, k], kernel, "valid") for k in (0, 1)])


def normals(curve: np.ndarray) -> np.ndarray:
    """Unit normals along a polyline (the tangent turned by a quarter)."""
    tangent = np.gradient(curve, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-6)
    return np.column_stack([tangent[:, 1], -tangent[:, 0]])


def strip(first: np.ndarray, second: np.ndarray, margin: float = 0.12) -> np.ndarray:
    """Ruled strip between two curves of equal length: n x 4 x 2, with a margin at each side."""
    across = second - first
    columns = [first - margin * across, first, second, second + margin * across]
    return np.stack(columns, 1)
