"""Hats and glasses, placed by the face mesh."""

from __future__ import annotations

import cv2
import numpy as np

from .compose import Layer, part
from .errors import InputValidationError
from .garment import Garment
from .head import find_head
from .images import WORK
from .keypoints import run_at
from .person import Person
from .warp import mesh_map

FOREHEAD, BROW, BRIDGE, CHIN = 10, 9, 168, 152
TEMPLES = (127, 356)
EYES = (33, 263)


def _axes(face: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Unit vectors across and down the face, and the width between the temples."""
    across = face[EYES[1]] - face[EYES[0]] + face[TEMPLES[1]] - face[TEMPLES[0]]
    across = across / np.linalg.norm(across)
    return across, np.array([-across[1], across[0]]), float(np.linalg.norm(face[TEMPLES[1]] - face[TEMPLES[0]]))


def wear_glasses(person: Person, garment: Garment, scale: float) -> list[Layer]:
    """Glasses: frame across the temples, bridge on the nose, lenses level with the eyes."""
    face = person.face
    assert face is not None
    across, down, wide = _axes(face)
    width, height = garment.size
    mask = garment.mask
    # Stubs of the temples at both ends are thin; the front frame is where columns are tall.
    tall = mask.sum(0)
    front = np.flatnonzero(tall > 0.45 * tall.max())
    left, right = float(front[0]), float(front[-1])
    middle = (left + right) / 2
    rows = np.flatnonzero(mask[:, int(left):int(right) + 1].sum(1) > 0.1 * (right - left))
    if not len(rows) or right - left < 0.3 * width:
        raise InputValidationError("no glasses found: the outline has no front frame")
    centre_row = float(rows[0] + rows[-1]) / 2
    bridge = face[BRIDGE]
    eyes = (face[EYES[0]] + face[EYES[1]]) / 2
    level = float((eyes - bridge) @ down)
    # The two halves differ where the head is turned: each ends just within its temple.
    half = [abs(float((face[t] - bridge) @ across)) * 0.97 for t in TEMPLES]
    half = [max(h, 0.3 * wide) for h in half]
    unit = (half[0] + half[1]) / (right - left)
    xs = np.array([0.0, left, (left + middle) / 2, middle, (middle + right) / 2, right, width - 1.0])
    place = np.interp(xs, [left, middle, right], [-half[0], 0.0, half[1]])
    place[0], place[-1] = -half[0] - left * half[0] / max(middle - left, 1), half[1] + (
        width - 1 - right) * half[1] / max(right - middle, 1)
    ys = np.linspace(0, height - 1, 4)
    source = np.stack(np.meshgrid(xs, ys), -1)
    drop = level + 0.03 * wide
    target = bridge + place[None, :, None] * across + ((ys - centre_row) * unit + drop)[:, None, None] * down
    # Rounded face: the outer ends lie a little lower and further back.
    bow = (np.abs(place) / max(half)) ** 2 * 0.012 * wide
    target = target + bow[None, :, None] * down
    span = (half[0] + half[1]) * width / (right - left)
    layer = Layer(part(garment.rgba, garment.size, span * scale, None), garment.size,
                  mesh_map(target, source, WORK))
    head = find_head(person)
    grow = int(0.05 * wide) * 2 + 1
    zone = cv2.dilate(head.face, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (grow, grow)))
    layer.keep = cv2.GaussianBlur(zone, (0, 0), 1.5)
    layer.shadow = 0.18
    light = cv2.cvtColor(person.photo, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inside = head.face > 0.5
    mean = float(light[inside].mean()) if inside.any() else 128.0
    broad = (cv2.GaussianBlur(light, (0, 0), 0.12 * wide) + 40) / (mean + 40)
    layer.shade = np.clip(broad, 0.75, 1.15).astype(np.float32)
    return [layer]


def _hat_shape(mask: np.ndarray) -> tuple[float, float, float, float]:
    """Crown width, its centre column, the row on which the hat sits, and the brim's width."""
    height, width = mask.shape
    spans = np.array([np.ptp(np.flatnonzero(r)) + 1 if r.any() else 0 for r in mask], float)
    brim_row = int(spans.argmax())
    brim = float(spans[brim_row])
    upper = spans[int(0.35 * height):max(int(0.35 * height) + 1, int(0.75 * brim_row))]
    crown = float(np.percentile(upper, 75)) if len(upper) else brim
    a, b = run_at(mask, int(0.5 * height), width / 2)
    centre = (a + b) / 2
    if brim > 1.22 * crown and brim_row > 0.45 * height:
        row = float(brim_row)                       # brim: sits on the brim's middle
    else:
        row = 0.86 * height                         # cap or beanie: sits on its lower edge
        crown = brim
    return crown, centre, row, brim


def wear_hat(person: Person, garment: Garment, scale: float) -> list[Layer]:
    """A hat: its crown as wide as the head with hair, its rim across the forehead."""
    face = person.face
    assert face is not None
    across, down, wide = _axes(face)
    head = find_head(person)
    crown, centre, row, brim = _hat_shape(garment.mask)
    width, height = garment.size
    high = float(np.linalg.norm(face[CHIN] - face[FOREHEAD]))
    rim = face[FOREHEAD] * 0.62 + face[BROW] * 0.38
    # The head's own width at the rim, hair included but big hair pressed down.
    whole = np.maximum(head.hair, head.face)
    reach = []
    for out in (-1, 1):
        steps = np.arange(0, 0.85 * wide, 1.5)
        line = rim + across * out * steps[:, None] - down * 0.08 * high
        x = np.clip(line[:, 0].round().astype(int), 0, WORK[0] - 1)
        y = np.clip(line[:, 1].round().astype(int), 0, WORK[1] - 1)
        on = np.flatnonzero(whole[y, x] > 0.5)
        reach.append(float(np.clip(steps[on[-1]] if len(on) else 0, 0.50 * wide, 0.68 * wide)))
    shift = (reach[1] - reach[0]) / 2
    unit = (reach[0] + reach[1]) * 1.06 / crown
    # The front of the brim ends above the brows.
    bottom_row = float(np.flatnonzero(garment.mask.any(1))[-1])
    room = float((face[BROW] - rim) @ down) - 0.03 * high
    rim = rim - down * max(0.0, (bottom_row - row) * unit - room)
    # The crown must rise over the hair: stretch the hat upwards a little if it is too low.
    top_row = float(np.flatnonzero(garment.mask.any(1))[0])
    rise = (row - top_row) * unit
    need = 0.0
    ys, xs = np.nonzero(head.hair > 0.5)
    if len(ys):
        up = -((xs - rim[0]) * down[0] + (ys - rim[1]) * down[1])
        need = float(np.percentile(up, 99.5))
    stretch = float(np.clip(need * 1.04 / max(rise, 1), 1.0, 1.3))
    gx, gy = np.linspace(0, width - 1, 9), np.linspace(0, height - 1, 9)
    source = np.stack(np.meshgrid(gx, gy), -1)
    v = (gy - row) * unit
    v = np.where(v < 0, v * stretch, v)
    u = (gx - centre) * unit + shift
    target = rim + u[None, :, None] * across + v[:, None, None] * down
    layer = Layer(part(garment.rgba, garment.size, width * unit * scale, None), garment.size,
                  mesh_map(target, source, WORK))
    layer.shadow = 0.38
    light = cv2.cvtColor(person.photo, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = float(light[head.face > 0.5].mean())
    # Left to right light of the face, carried up to the hat.
    side = []
    for out in (-1, 1):
        zone = _cheek(face, out)
        side.append(float(np.clip(light[zone].mean() / mean, 0.8, 1.2)) if zone.any() else 1.0)
    ys, xs = np.mgrid[:WORK[1], :WORK[0]].astype(np.float32)
    t = np.clip(((xs - rim[0]) * across[0] + (ys - rim[1]) * across[1]) / (reach[0] + reach[1]) + 0.5, 0, 1)
    form = 1.0 - 0.26 * np.abs(2 * t - 1) ** 2.5
    layer.shade = ((side[0] * (1 - t) + side[1] * t) * form).astype(np.float32)
    return [layer]


def _cheek(face: np.ndarray, out: int) -> np.ndarray:
    """Pixels of one cheek (picture's left: -1)."""
    marks = (50, 205, 187, 123) if out < 0 else (280, 425, 411, 352)
    zone = np.zeros((WORK[1], WORK[0]), np.uint8)
    cv2.fillPoly(zone, [np.round(face[list(marks)]).astype(np.int32)], 1)
    return zone > 0
