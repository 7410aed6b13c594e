"""Accessories: a belt at the waist, a tie below the collar, else a necklace or scarf."""

from __future__ import annotations

import numpy as np

from .body import march, torso_frame
from .compose import Layer, clothing_light, coverage, part
from .errors import PoseError
from .garment import Garment
from .head import face_points, find_head
from .images import WORK
from .person import HIPS, Person
from .warp import mesh_map


def wear_accessory(person: Person, garment: Garment, scale: float) -> list[Layer]:
    """Layers of an accessory; its kind is told by its proportions."""
    frame = torso_frame(person)
    width, height = garment.size
    s = frame.shoulders
    head = find_head(person)
    chin = face_points(person)[:, 1].max()
    chin = np.array([face_points(person)[:, 0].mean(), chin])
    throat = 0.3 * chin + 0.7 * frame.origin        # between chin and shoulders
    if width > 3.5 * height:                        # a belt
        if not all(person.visible(HIPS)):
            raise PoseError("the waist is not in view")
        down = 0.86 * frame.torso
        reach = [march(person.mask, frame.at(0, down), frame.across * o, 0.35 * s, 0.6 * s) for o in (-1, 1)]
        unit = (reach[0] + reach[1]) / width
        origin = frame.at((reach[1] - reach[0]) / 2, down - height * unit / 2)
    elif height > 1.7 * width:                      # a tie, a pendant
        unit = float(np.clip(1.25 * s / height, 0.1 * s / width, 0.45 * s / width))
        origin = throat
    else:                                           # a necklace, a scarf
        unit = 0.62 * s / width
        origin = throat - frame.down * 0.04 * s
    gx, gy = np.linspace(0, width - 1, 7), np.linspace(0, height - 1, 7)
    source = np.stack(np.meshgrid(gx, gy), -1)
    u, v = (gx - width / 2) * unit, gy * unit
    target = origin + u[None, :, None] * frame.across + v[:, None, None] * frame.down
    layer = Layer(part(garment.rgba, garment.size, width * unit * scale, None), garment.size,
                  mesh_map(target, source, WORK), shadow=0.25)
    layer.keep = (1.0 - np.maximum(head.face, head.hair)).astype(np.float32)
    cover = coverage(layer)
    layer.shade = clothing_light(person, np.clip(person.mask * 2 - 1, 0, 1) * (cover > 0.5), 0.7)
    return [layer]
