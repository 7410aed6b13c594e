"""Bottoms as two strips along the legs; shoes by the heel and toe."""

from __future__ import annotations

import cv2
import numpy as np

from .body import march
from .compose import Layer, arms_in_front, clothing_light, coverage, part, rounding
from .errors import PoseError
from .garment import Garment
from .images import WORK
from .leg_keypoints import leg_keys
from .person import ANKLES, HEELS, HIPS, KNEES, SHOULDERS, TOES, Person
from .warp import cut, mesh_map, normals, resample, smooth, strip


def wear_bottom(person: Person, garment: Garment, scale: float) -> list[Layer]:
    """Layers of trousers, shorts or a skirt; raises PoseError where the legs are not in view."""
    if not all(person.visible(HIPS)) or not all(person.visible(KNEES)):
        raise PoseError("the legs are not in view: hips and knees must be in the picture")
    keys = leg_keys(garment.mask)
    hips, knees, ankles = person.pair(HIPS), person.pair(KNEES), person.pair(ANKLES)
    middle = (hips[0] + hips[1]) / 2
    shoulders = person.pair(SHOULDERS)
    spine = (shoulders[0] + shoulders[1]) / 2 - middle
    torso = float(np.linalg.norm(spine))
    spine /= max(torso, 1e-6)
    across = hips[1] - hips[0]
    gap = float(np.linalg.norm(across))
    unit = max(gap, 0.36 * torso)
    across = np.array([-spine[1], spine[0]])
    waist = middle + spine * 0.2 * torso
    waist_half = [march(person.mask, waist, across * out, 0.5 * unit, 0.85 * unit) for out in (-1, 1)]
    width, height = garment.size
    source_waist = float(keys.outer[1][1][0] - keys.outer[0][1][0])
    per = (waist_half[0] + waist_half[1]) / max(source_waist, 1.0)
    count = len(keys.outer[0])
    crotch = middle - spine * 0.16 * torso
    layers = []
    spans = [0.2 * torso + float(np.linalg.norm(knees[k] - hips[k]) + np.linalg.norm(ankles[k] - knees[k]))
             for k in (0, 1)]
    for side, out in ((0, -1), (1, 1)):
        leg = [hips[side] + across * out * 0.06 * unit, knees[side], ankles[side]]
        whole = spans[side] if keys.split else (spans[0] + spans[1]) / 2
        length = height * per
        if length > 0.78 * whole:
            length = whole * 1.03
        length = min(length, whole * 1.06)
        top = waist + across * out * waist_half[side] * 0.5
        line = smooth(resample(np.array([top, *leg]), 80), 11)
        line = resample(cut(line, length), count)
        turn = normals(line)
        if turn[count // 2] @ (across * out) < 0:
            turn = -turn
        own = np.abs(keys.outer[side][:, 0] - keys.inner[side][:, 0]) * per / 2
        room = np.array([march(person.mask, line[k], turn[k], 0.16 * unit, 0.55 * unit) for k in range(count)])
        room = np.convolve(np.pad(room, 3, mode="edge"), np.ones(7) / 7, "valid")
        u = np.linspace(0, 1, count)
        outer = line + turn * np.maximum(room * 1.04, 0.85 * own)[:, None]
        blend = np.clip(u * length / (0.25 * torso), 0, 1)[:, None]
        edge = waist + across * out * waist_half[side] * 1.03
        outer = (1 - blend) * (edge + (line - line[0])) + blend * outer
        if keys.split:
            inner = line - turn * np.clip(np.maximum(own, 0.9 * room), 0.2 * unit, 0.5 * unit)[:, None]
            down = np.clip(u / max(keys.crotch, 0.05), 0, 1)[:, None]
            seam = waist + (crotch - waist) * down
            soft = np.clip((u - keys.crotch) / 0.18, 0, 1)[:, None]
            inner = (1 - soft) * seam + soft * inner
        else:
            end = (knees[0] + knees[1]) / 2 if length < whole * 0.8 else (ankles[0] + ankles[1]) / 2
            axis = end - waist
            axis = axis / max(float(np.linalg.norm(axis)), 1e-6)
            inner = waist + axis * (u * length)[:, None]
            outer = inner + across * out * np.maximum(2 * own, np.abs((outer - inner) @ across))[:, None]
        source = strip(keys.outer[side], keys.inner[side], 0.0)
        target = strip(outer, inner, 0.0)
        source[:, 0] += (keys.outer[side] - keys.inner[side]) * 0.1
        target[:, 0] += (outer - inner) * 0.1
        half: np.ndarray = np.zeros((height, width), np.float32)
        cv2.fillPoly(half, [np.round(np.vstack([source[:, 0], keys.inner[side][::-1]])).astype(np.int32)], 1.0)
        half = cv2.GaussianBlur(cv2.dilate(half, np.ones((3, 3), np.uint8)), (3, 3), 0)
        layers.append(Layer(part(garment.rgba, garment.size, width * per * scale, half), garment.size,
                            mesh_map(target, source, WORK)))
    s = float(np.linalg.norm(shoulders[1] - shoulders[0]))
    hands = arms_in_front(person, s, [9 * s, 9 * s])
    for layer in layers:
        layer.keep = (1 - hands).astype(np.float32)
    cover = np.maximum(coverage(layers[0]), coverage(layers[1]))
    light = clothing_light(person, np.clip(person.mask * 2 - 1, 0, 1) * (cover > 0.5) * (1 - hands), 1.0)
    for layer in layers:
        layer.shade = light * rounding(cover if not keys.split else coverage(layer), 0.12 * unit, 0.3)
        layer.shadow = 0.15
    return layers


def wear_shoes(person: Person, garment: Garment, scale: float) -> list[Layer]:
    """Layers of shoes; raises PoseError where no foot is in view."""
    seen = [a and t for a, t in zip(person.visible(ANKLES), person.visible(TOES))]
    if not any(seen):
        raise PoseError("the feet are not in view")
    mask = garment.mask
    width, height = garment.size
    boxes = [(0, 0, width, height)]
    if garment.parts >= 2:
        count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        big = sorted(range(1, count), key=lambda k: -stats[k, cv2.CC_STAT_AREA])[:2]
        big.sort(key=lambda k: stats[k, cv2.CC_STAT_LEFT])
        boxes = [(int(a), int(b), int(c), int(d)) for a, b, c, d in (stats[k, :4] for k in big)]
    layers = []
    for side in (0, 1):
        if not seen[side]:
            continue
        x, y, w, h = boxes[min(side, len(boxes) - 1)]
        ankle, heel, toe = (person.pair(p)[side] for p in (ANKLES, HEELS, TOES))
        knee = person.pair(KNEES)[side]
        shank = max(float(np.linalg.norm(ankle - knee)), 1.0)
        # The foot as it is in the photo: the person's pixels near it, below the ankle.
        left, top, right, low = _foot_box(person, side, shank, both=all(seen))
        foot = np.array([right - left, low - top])
        fit = max(foot[0] / w, foot[1] / h)
        # A shoe seen from above is foreshortened on a foot that points to the viewer.
        least = (0.72, 0.4 if h > 1.2 * w else 0.72)
        per = np.clip(foot / (w, h), np.array(least) * fit, fit) * 1.08
        origin = np.array([(left + right) / 2, low + 0.02 * shank - h * per[1] / 2])
        points_left = toe[0] < heel[0] - 0.1 * shank
        # A shoe seen from the side is taken to point left in its own picture.
        mirrored = (w > 1.15 * h and not points_left) if len(boxes) == 1 else False
        mirrored = mirrored or (len(boxes) == 1 and w <= 1.15 * h and side == 1)
        turn = np.array([-1.0 if mirrored else 1.0, 0.0])
        gx, gy = np.linspace(x, x + w - 1, 3), np.linspace(y, y + h - 1, 3)
        source = np.stack(np.meshgrid(gx, gy), -1)
        u, v = (gx - x - w / 2) * per[0], (gy - y - h / 2) * per[1]
        target = origin + u[None, :, None] * turn + v[:, None, None] * np.array([0.0, 1.0])
        layers.append(Layer(part(garment.rgba, garment.size, width * per[0] * scale, None), garment.size,
                            mesh_map(target, source, WORK), shadow=0.25))
    return layers


def _foot_box(person: Person, side: int, shank: float, both: bool) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a foot, from the landmarks and the segmentation."""
    ankle, heel, toe = (person.pair(p)[side] for p in (ANKLES, HEELS, TOES))
    points = np.array([ankle, heel, toe])
    pad = 0.12 * shank
    x0, y0 = points.min(0) - pad
    x1, y1 = points.max(0) + pad
    ys, xs = np.mgrid[:WORK[1], :WORK[0]]
    near = (person.mask > 0.5) & (xs > x0 - pad) & (xs < x1 + pad) & (ys > ankle[1] - 0.02 * shank) & (ys < y1 + pad)
    if both:
        # Pixels beyond the middle between the feet belong to the other one, unless one stands behind the other.
        centers = [np.mean([person.pair(p)[k][0] for p in (ANKLES, HEELS, TOES)]) for k in (0, 1)]
        middle, apart = sum(centers) / 2, centers[side] - centers[1 - side]
        if abs(apart) > 0.25 * shank:
            near &= (xs > middle) if apart > 0 else (xs < middle)
    rows, columns = np.nonzero(near)
    if len(rows) < 30:
        return float(x0), float(y0), float(x1), float(y1)
    return float(columns.min()), float(ankle[1] - 0.02 * shank), float(columns.max()), float(rows.max())
