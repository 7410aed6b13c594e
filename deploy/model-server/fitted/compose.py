"""Light, occlusion and blending of warped garment layers."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .images import WORK, premultiply
from .person import ELBOWS, FINGERS, SHOULDERS, WRISTS, Person, guided
from .warp import Map

FACE_OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
             152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)


@dataclass
class Layer:
    """A garment part: premultiplied colours, the map into them, and two work-size planes."""

    colours: np.ndarray         # float32 premultiplied RGBA, any size
    size: tuple[int, int]       # width and height of the picture that the map points into
    map: Map
    shade: np.ndarray | None = None
    keep: np.ndarray | None = None  # opacity factor
    shadow: float | np.ndarray = 0.0  # contact shadow, a number or a work-size plane


def part(rgba: np.ndarray, size: tuple[int, int], wide: float, share: np.ndarray | None) -> np.ndarray:
    """A garment's colours, scaled to about `wide` pixels across, times a part's mask."""
    factor = min(1.0, 1.25 * wide / max(rgba.shape[1], 1))
    out = premultiply(rgba)
    if factor < 0.9:
        out = cv2.resize(out, (max(8, round(rgba.shape[1] * factor)), max(8, round(rgba.shape[0] * factor))),
                         interpolation=cv2.INTER_AREA)
    if share is not None:
        out = out * cv2.resize(share, (out.shape[1], out.shape[0]), interpolation=cv2.INTER_LINEAR)[..., None]
    return out


def _draw(layer: Layer, box: tuple[int, int, int, int], scale: float) -> np.ndarray:
    """The layer's premultiplied RGBA in a box (x0, y0, x1, y1) of the output."""
    x0, y0, x1, y1 = box

    def plane(array: np.ndarray) -> np.ndarray:
        if scale == 1.0:
            return np.ascontiguousarray(array[y0:y1, x0:x1])
        matrix = np.array([[1 / scale, 0, (x0 + 0.5) / scale - 0.5], [0, 1 / scale, (y0 + 0.5) / scale - 0.5]])
        return cv2.warpAffine(array, matrix, (x1 - x0, y1 - y0),
                              flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)

    height, width = layer.colours.shape[:2]
    fx, fy = width / layer.size[0], height / layer.size[1]
    map_x = plane(layer.map[0]) * fx + (0.5 * fx - 0.5)
    map_y = plane(layer.map[1]) * fy + (0.5 * fy - 0.5)
    image = cv2.remap(layer.colours, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    factor = plane(layer.map[2])
    if layer.keep is not None:
        factor = factor * plane(layer.keep)
    image *= factor[..., None]
    if layer.shade is not None:
        image[..., :3] *= plane(layer.shade)[..., None]
    return image


def coverage(layer: Layer) -> np.ndarray:
    """The layer's opacity (0..1) at work size."""
    alpha = np.ascontiguousarray(layer.colours[..., 3])
    fx, fy = alpha.shape[1] / layer.size[0], alpha.shape[0] / layer.size[1]
    cover = cv2.remap(alpha, layer.map[0] * fx + (0.5 * fx - 0.5), layer.map[1] * fy + (0.5 * fy - 0.5),
                      cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT) * layer.map[2]
    if layer.keep is not None:
        cover *= layer.keep
    return cover * np.float32(1 / 255)


def blend(photo: np.ndarray, layers: list[Layer]) -> np.ndarray:
    """Lay the layers onto the photo (RGB uint8, output size), each with a soft contact shadow."""
    out = photo.copy()
    height, width = out.shape[:2]
    scale = width / WORK[0]
    for layer in layers:
        cover = coverage(layer)
        soft = None
        if np.any(layer.shadow):
            reach = 0.012 * WORK[0]
            soft = cv2.GaussianBlur(cover, (0, 0), reach)
            soft = np.clip(np.roll(soft, int(reach * 0.9), 0) * 1.3, 0, 1) * layer.shadow
            if layer.keep is not None:
                soft = soft * np.clip(layer.keep * 2, 0, 1)
        seen = cover > 0.003 if soft is None else (cover > 0.003) | (soft > 0.01)
        ys, xs = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
        if not len(ys):
            continue
        box = (max(0, int((xs[0] - 2) * scale)), max(0, int((ys[0] - 2) * scale)),
               min(width, int((xs[-1] + 3) * scale)), min(height, int((ys[-1] + 3) * scale)))
        image = _draw(layer, box, scale)
        view = out[box[1]:box[3], box[0]:box[2]]
        base = view.astype(np.float32)
        rest = 1.0 - image[..., 3] * (1 / 255.0)
        if soft is not None:
            dark = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR) if scale != 1.0 else soft
            rest = rest * (1.0 - dark[box[1]:box[3], box[0]:box[2]])
        base *= rest[..., None]
        base += image[..., :3]
        np.clip(base + 0.5, 0, 255, out=base)
        view[...] = base.astype(np.uint8)
    return out


def clothing_light(person: Person, region: np.ndarray, strength: float) -> np.ndarray:
    """Brightness factor from the folds of the clothing in `region` (float 0..1, work size)."""
    lab = cv2.cvtColor(person.photo, cv2.COLOR_RGB2LAB).astype(np.float32)
    light = lab[..., 0]
    inside = region > 0.6
    if inside.sum() < 400:
        return np.ones(region.shape, np.float32)
    # Only pixels near the clothing's main colour tell folds from prints, straps and badges.
    # Of a dark jacket over a white shirt, the commoner brightness alone counts.
    counts = np.histogram(light[inside], 64, (0, 256))[0].astype(float)
    mode = float(np.convolve(counts, np.ones(9), "same").argmax() * 4 + 2)
    near = inside & (np.abs(light - mode) < 34)
    main = np.median(lab[near], axis=0)
    chroma = np.linalg.norm(lab[..., 1:] - main[1:], axis=2)
    good = (near & (chroma < 15)).astype(np.uint8)
    good = cv2.erode(cv2.morphologyEx(good, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.ones((9, 9), np.uint8))
    weight = good.astype(np.float32)
    if weight.sum() < 0.08 * inside.sum():
        return np.ones(region.shape, np.float32)
    small = (WORK[0] // 2, WORK[1] // 2)
    w = cv2.resize(weight, small, interpolation=cv2.INTER_AREA)
    v = cv2.resize(weight * light, small, interpolation=cv2.INTER_AREA)

    def fill(sigma: float, back: np.ndarray | float, base: float) -> np.ndarray:
        return (cv2.GaussianBlur(v, (0, 0), sigma / 2) + base * back) / (cv2.GaussianBlur(w, (0, 0), sigma / 2) + base)

    broad = fill(60.0, float(main[0]), 0.02)
    middle = fill(18.0, broad, 0.05)
    fine = fill(5.0, middle, 0.35)
    noise = 30.0                # keeps dark cloth from amplifying its noise
    folds = np.log((fine + noise) / (broad + noise))
    folds = 0.28 * np.tanh(folds * 1.3 / 0.28)
    slope = np.log((broad + noise) / (float(main[0]) + noise))
    slope = 0.2 * np.tanh(slope * 0.6 / 0.2)
    out = cv2.resize(np.exp(strength * (folds + slope)), WORK, interpolation=cv2.INTER_LINEAR)
    return np.clip(out / max(float(out[inside].mean()), 0.5), 0.6, 1.12).astype(np.float32)


def rounding(cover: np.ndarray, radius: float, amount: float = 0.22) -> np.ndarray:
    """Darkens a part towards its edges, as on a rounded body."""
    small = cv2.resize(cover, (WORK[0] // 4, WORK[1] // 4), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), max(radius / 4, 0.5))
    dark = (1.0 - amount * np.clip((0.93 - soft) * 2.2, 0, 1)).astype(np.float32)
    return cv2.resize(dark, WORK, interpolation=cv2.INTER_LINEAR)


def _capsule(mask: np.ndarray, a: np.ndarray, b: np.ndarray, wide: float) -> None:
    cv2.line(mask, tuple(np.round(a).astype(int).tolist()), tuple(np.round(b).astype(int).tolist()),
             1.0, max(2, int(round(2 * wide))), cv2.LINE_AA)


def arms_in_front(person: Person, shoulders: float, covered: list[float | None]) -> np.ndarray:
    """Forearms and hands, from where each sleeve ends (its length; None: no sleeve)."""
    zone = np.zeros(person.mask.shape, np.float32)
    for side in (0, 1):
        if not (person.visible(ELBOWS, 0.35)[side] and person.visible(WRISTS, 0.5)[side]):
            continue
        shoulder, elbow = person.pair(SHOULDERS)[side], person.pair(ELBOWS)[side]
        wrist, finger = person.pair(WRISTS)[side], person.pair(FINGERS)[side]
        upper = float(np.linalg.norm(elbow - shoulder))
        lower = float(np.linalg.norm(wrist - elbow))
        done = covered[side] or 0.45 * upper
        if done < upper:
            _capsule(zone, shoulder + (elbow - shoulder) * done / max(upper, 1), elbow, 0.13 * shoulders)
        if done < 0.85 * (upper + lower):
            share = max(0.0, done - upper) / max(lower, 1)
            _capsule(zone, elbow + (wrist - elbow) * share, wrist, 0.115 * shoulders)
        hand = wrist + (finger - wrist) * 1.7
        _capsule(zone, wrist + (finger - wrist) * 0.25, hand, 0.13 * shoulders)
    if not zone.any():
        return zone
    grey = cv2.cvtColor(person.photo, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    edge = guided(grey, zone, max(3, int(0.05 * shoulders)), 1e-3)
    return np.clip((edge - 0.35) * 3, 0, 1) * np.clip(person.mask * 1.5, 0, 1)
