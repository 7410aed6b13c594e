"""The head as a mask: face, neck and hair, which stay in front of a garment."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .compose import FACE_OVAL
from .images import WORK
from .person import SHOULDERS, Person


@dataclass
class Head:
    """Soft masks at work size, and the colour of the skin (Lab) where it is known."""

    face: np.ndarray
    hair: np.ndarray
    neck: np.ndarray


def _fill(points: np.ndarray) -> np.ndarray:
    mask = np.zeros((WORK[1], WORK[0]), np.uint8)
    cv2.fillPoly(mask, [np.round(points * 8).astype(np.int32)], 255, cv2.LINE_AA, 3)
    return mask.astype(np.float32) / 255


def _distance(lab: np.ndarray, seed: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Mahalanobis distance to the colours in a seed mask, at the pixels of `where` (else 99)."""
    values = lab[seed]
    values = values[:: max(1, len(values) // 4000)]
    mean = np.median(values, axis=0)
    spread = np.cov((values - mean).T) + np.eye(3) * 30
    away = lab[where] - mean
    out = np.full(lab.shape[:2], 99.0, np.float32)
    out[where] = np.sqrt(np.maximum((away @ np.linalg.inv(spread).astype(np.float32) * away).sum(-1), 0))
    return out


def face_points(person: Person) -> np.ndarray:
    """The face's oval: from the mesh, else an ellipse about the pose's ears and nose."""
    if person.face is not None:
        return person.face[list(FACE_OVAL)]
    ears = person.points[[7, 8]]
    middle = (ears.mean(0) + person.points[0]) / 2
    wide = max(float(np.linalg.norm(ears[0] - ears[1])) * 0.55, 0.16 * float(
        np.linalg.norm(person.points[11] - person.points[12])))
    turn = np.linspace(0, 2 * np.pi, 40)
    return middle + np.column_stack([np.cos(turn) * wide, np.sin(turn) * wide * 1.3])


def find_head(person: Person) -> Head:
    """Face, hair and neck masks."""
    oval = face_points(person)
    face = _fill(oval)
    x0, y0 = oval.min(0)
    x1, y1 = oval.max(0)
    wide, high = x1 - x0, y1 - y0
    lab = cv2.cvtColor(person.photo, cv2.COLOR_RGB2LAB).astype(np.float32)
    solid = person.mask > 0.5
    ys, xs = np.mgrid[:WORK[1], :WORK[0]]
    brow = y0 + 0.25 * high
    crown = solid & (face < 0.1) & (ys < brow) & (ys > y0 - 0.9 * high) & (
        xs > x0 - 0.6 * wide) & (xs < x1 + 0.6 * wide)
    left, right = person.pair(SHOULDERS)
    gap = float(np.linalg.norm(right - left))
    middle = (left + right) / 2
    body = solid & (np.abs(xs - middle[0]) < 0.4 * gap) & (ys > middle[1] + 0.25 * gap) & (
        ys < middle[1] + 0.9 * gap)
    near = solid & (face < 0.5) & (ys > y0 - 1.2 * high) & (ys < y1 + 1.0 * high) & (
        xs > x0 - 0.9 * wide) & (xs < x1 + 0.9 * wide)
    hair = np.zeros_like(face)
    if crown.sum() > 60:
        to_hair = _distance(lab, crown, near)
        like = near & (to_hair < 3.2)
        apart = 99.0
        if body.sum() > 60:
            to_body = _distance(lab, body, near)
            like &= to_hair < 0.8 * to_body
            apart = float(np.linalg.norm(np.median(lab[crown], 0) - np.median(lab[body], 0)))
        cheek = _fill(person.face[[50, 205, 203, 98, 327, 423, 425, 280]]) > 0.5 if (
            person.face is not None) else np.zeros_like(like)
        if cheek.sum() > 30:
            like &= to_hair < _distance(lab, cheek, near)
        # Where hair and clothing look alike, do not let hair run below the chin.
        like &= ys < (y1 + (1.0 * high if apart > 28 else -0.05 * high))
        like |= crown
        like = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
        count, labels = cv2.connectedComponents(like)
        keep = np.zeros(count, bool)
        keep[np.unique(labels[crown])] = True
        keep[0] = False
        hair = cv2.GaussianBlur(keep[labels].astype(np.float32), (0, 0), 1.5)
    base = middle - np.array([0, 0.06 * gap])
    half = min(0.2 * gap, 0.42 * wide)
    chin = np.array([(x0 + x1) / 2, y1])
    neck = _fill(np.array([chin + (-0.36 * wide, -0.2 * high), chin + (0.36 * wide, -0.2 * high),
                           base + (half, 0), base + (-half, 0)]))
    # Of the neck only bare skin stays in front: a shirt's collar there is covered.
    skin = cv2.erode((face > 0.9).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if skin.sum() > 60:
        bare = _distance(lab, skin & (ys > brow + 0.25 * high), neck > 0) < 3.4
        like = (bare | (ys < y1 - 0.05 * high)).astype(np.uint8)
        like = cv2.morphologyEx(like, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
        neck *= cv2.morphologyEx(like, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    neck = cv2.GaussianBlur(neck, (0, 0), 1.6) * person.mask
    return Head(face, hair, neck)
