"""Tops, outerwear and dresses: a spline for the torso, strips for the sleeves."""

from __future__ import annotations

import cv2
import numpy as np

from .body import sleeve_curves, top_targets, torso_frame
from .compose import Layer, arms_in_front, clothing_light, coverage, part, rounding
from .garment import Garment
from .head import find_head
from .images import WORK
from .keypoints import top_keys
from .person import Person
from .warp import mesh_map, resample, spline_map, strip

LOOSE = {"top": 1.0, "outerwear": 1.08, "dress": 1.0}


def _torso_share(mask: np.ndarray, pieces: list[np.ndarray | None]) -> np.ndarray:
    """The torso's share of the silhouette: all but the sleeves, with an overlap at the joint."""
    torso = mask.copy()
    for piece in pieces:
        if piece is not None:
            torso[piece > 0] = 0
    overlap = max(3, int(0.016 * max(mask.shape)))
    torso = cv2.dilate(torso, np.ones((2 * overlap + 1,) * 2, np.uint8))
    return cv2.GaussianBlur(torso.astype(np.float32), (3, 3), 0)


def _lengthen(rows: np.ndarray, tip_way: np.ndarray, pit_way: np.ndarray) -> np.ndarray:
    """Add a row at each end of a sleeve's strip: into the torso, and past the cuff."""
    step = 0.5 * (np.linalg.norm(rows[1, 1] - rows[0, 1]) + np.linalg.norm(rows[1, 2] - rows[0, 2]))
    share = np.linspace(0, 1, rows.shape[1])[:, None]
    way = tip_way / max(float(np.linalg.norm(tip_way)), 1e-6) * (1 - share)
    way = way + pit_way / max(float(np.linalg.norm(pit_way)), 1e-6) * share
    return np.concatenate([(rows[0] + way * step)[None], rows, 2 * rows[-1:] - rows[-2:-1]])


def wear_top(person: Person, garment: Garment, category: str, scale: float) -> list[Layer]:
    """Layers of a top, outerwear or dress, back to front."""
    frame = torso_frame(person)
    keys = top_keys(garment.mask)
    long = category == "dress"
    targets = top_targets(person, frame, keys, LOOSE[category], long)
    s = frame.shoulders
    head = find_head(person)

    pieces = [None if k is None else k.mask for k in keys.sleeves]
    body_share = _torso_share(garment.mask, pieces)
    wide = float(np.ptp(targets.target[:, 0])) * garment.size[0] / max(
        float(np.ptp(targets.source[:, 0])), 1.0) * scale
    torso = Layer(part(garment.rgba, garment.size, wide, body_share), garment.size,
                  spline_map(targets.target, targets.source, WORK))
    layers = [torso]
    covered: list[float | None] = [None, None]
    for side, sleeve in enumerate(keys.sleeves):
        if sleeve is None:
            continue
        outer, inner, covered[side] = sleeve_curves(person, frame, targets, sleeve, side)
        count = len(outer)
        source = strip(resample(sleeve.outer, count), resample(sleeve.inner, count))
        target = strip(outer, inner)
        other = 1 - side
        source = _lengthen(source, keys.collar[side] - keys.tips[side], keys.armpits[other] - keys.armpits[side])
        target = _lengthen(target, targets.collar[side] - targets.tips[side],
                           targets.armpits[other] - targets.armpits[side])
        reach = np.ones((max(3, int(0.016 * max(garment.size))) | 1,) * 2, np.uint8)
        share = cv2.GaussianBlur(cv2.dilate(sleeve.mask, reach).astype(np.float32), (3, 3), 0)
        layers.append(Layer(part(garment.rgba, garment.size, wide, share), garment.size,
                            mesh_map(target, source, WORK)))

    keep = 1.0 - np.maximum.reduce([head.face, head.hair, head.neck])
    arms = arms_in_front(person, s, covered)
    # A garment does not float: it ends a little outside the person's outline (a skirt may).
    span = max(3, int(0.05 * s * LOOSE[category])) | 1
    near = cv2.resize(person.mask, (WORK[0] // 2, WORK[1] // 2), interpolation=cv2.INTER_AREA)
    near = cv2.dilate(near, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (span, span)))
    near = cv2.resize(cv2.GaussianBlur(near, (0, 0), 0.8), WORK, interpolation=cv2.INTER_LINEAR)
    if long:
        ys, xs = np.mgrid[:WORK[1], :WORK[0]]
        down = (xs - frame.origin[0]) * frame.down[0] + (ys - frame.origin[1]) * frame.down[1]
        near = np.maximum(near, np.clip((down / frame.torso - 0.75) * 5, 0, 1).astype(np.float32))
    keep = (keep * near).astype(np.float32)
    torso.keep = keep * (1 - arms)
    for layer in layers[1:]:
        hands = arms_in_front(person, s, [9 * s if c else None for c in covered]) if layers[1:] else arms
        layer.keep = keep * (1 - hands)
    cover = np.maximum.reduce([coverage(layer) for layer in layers])
    region = np.clip(person.mask * 2 - 1, 0, 1) * (1 - arms) * (1 - head.face) * (1 - head.hair) * (1 - head.neck)
    light = clothing_light(person, region * (cover > 0.5), 1.0)
    torso.shade = light * rounding(cover, 0.07 * s, 0.30)
    torso.shadow = 0.22
    sides = [k for k in (0, 1) if keys.sleeves[k] is not None]
    for side, layer in zip(sides, layers[1:]):
        # Near the armhole a sleeve takes the torso's shade and throws no shadow: no seam shows.
        away = _beyond(targets.tips[side], targets.armpits[side], -1 if side == 0 else 1, 0.28 * s)
        own = rounding(coverage(layer), 0.045 * s, 0.30)
        layer.shade = torso.shade * (1 - away) + light * own * away
        layer.shadow = 0.3 * away
    return layers


def _beyond(tip: np.ndarray, pit: np.ndarray, out: int, reach: float) -> np.ndarray:
    """0 at the armhole's line, 1 at `reach` outwards from it or below the armpit."""
    ys, xs = np.mgrid[:WORK[1], :WORK[0]]
    length = max(float(np.linalg.norm(pit - tip)), 1e-6)
    along = (pit - tip) / length
    outwards = ((xs - tip[0]) * along[1] - (ys - tip[1]) * along[0]) * out
    below = (xs - tip[0]) * along[0] + (ys - tip[1]) * along[1] - 0.8 * length
    return np.clip(np.maximum(outwards, below) / reach, 0, 1).astype(np.float32)
