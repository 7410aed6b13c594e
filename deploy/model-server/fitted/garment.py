"""A garment's cut-out: from its alpha, or from a plain background by colour and connection."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .errors import InputValidationError
from .images import shrink

KEY_SIDE = 512
"""Longest side of the small copy on which keypoints are found and to which maps point."""


@dataclass
class Garment:
    """A garment cropped to its silhouette: `rgba` for drawing, `mask` (0/1) for keypoints."""

    rgba: np.ndarray
    mask: np.ndarray
    parts: int = 1

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the small copy."""
        return self.mask.shape[1], self.mask.shape[0]


def _border(array: np.ndarray, width: int = 3) -> np.ndarray:
    """The pixels of a picture's outermost rows and columns, in one list."""
    flat = array.reshape(*array.shape[:2], -1)
    sides = (flat[:width], flat[-width:], flat[:, :width], flat[:, -width:])
    return np.concatenate([side.reshape(-1, flat.shape[2]) for side in sides])


def _plain_background(rgb: np.ndarray, holes: bool) -> np.ndarray | None:
    """Foreground mask (0/1) where the border is of one colour, else None."""
    lab = cv2.cvtColor(cv2.GaussianBlur(rgb, (3, 3), 0), cv2.COLOR_RGB2LAB).astype(np.float32)
    border = _border(lab)
    colour = np.median(border, axis=0)
    away = np.linalg.norm(border - colour, axis=1)
    if np.mean(away < 22) < 0.7:
        return None
    limit = float(np.clip(3.0 * np.percentile(away[away < 22], 90), 7, 26))
    like = (np.linalg.norm(lab - colour, axis=2) < limit).astype(np.uint8)
    count, labels = cv2.connectedComponents(like, connectivity=4)
    outside = np.zeros(count, bool)
    outside[np.unique(_border(labels, 1))] = True
    if holes:  # a lens, a strap: background seen through a closed outline
        sizes = np.bincount(labels.ravel(), minlength=count)
        outside |= sizes > 0.002 * like.size
    outside[0] = False
    return (~outside[labels]).astype(np.uint8)


def _grabcut(rgb: np.ndarray) -> np.ndarray:
    """Foreground mask for an uneven background: colour models, from a centred rectangle."""
    small = shrink(rgb, 256)
    height, width = small.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    pad_x, pad_y = max(2, width // 40), max(2, height // 40)
    cv2.setRNGSeed(7)
    cv2.grabCut(cv2.cvtColor(small, cv2.COLOR_RGB2BGR), mask,
                (pad_x, pad_y, width - 2 * pad_x, height - 2 * pad_y),
                np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_RECT)
    return cv2.resize((mask & 1).astype(np.uint8), (rgb.shape[1], rgb.shape[0]),
                      interpolation=cv2.INTER_NEAREST)


def _largest(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """The mask without specks, and the number of its big parts."""
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return np.zeros_like(mask), 0
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    keep = areas >= 0.02 * areas.max()
    return keep[labels].astype(np.uint8), int((areas >= 0.4 * areas.max()).sum())


def _clean_rim(rgb: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Colours near the edge replaced by those further in: no rim of background remains."""
    solid = cv2.erode(mask, np.ones((11, 11), np.uint8)).astype(np.float32)
    weight = cv2.GaussianBlur(solid, (0, 0), 4.0)
    filled: np.ndarray = cv2.GaussianBlur(rgb.astype(np.float32) * solid[..., None], (0, 0), 4.0)
    filled = filled / np.maximum(weight, 1e-4)[..., None]
    use = (solid < 0.5) & (mask > 0) & (weight > 0.01)
    out = rgb.copy()
    out[use] = np.clip(filled[use], 0, 255).astype(np.uint8)
    return out


def cut_out(image: np.ndarray, holes: bool = False) -> Garment:
    """Cut a garment (RGBA) out of its picture; raises InputValidationError if none is found."""
    alpha = image[..., 3]
    rgb = np.ascontiguousarray(image[..., :3])
    if np.mean(alpha < 250) > 0.01:
        mask, parts = _largest((alpha > 40).astype(np.uint8))
        alpha = np.where(cv2.dilate(mask, np.ones((5, 5), np.uint8)) > 0, alpha, 0)
    else:
        # Regions are judged on a mid-size copy: fine texture does not matter there.
        small = shrink(rgb, 1024)
        found = _plain_background(small, holes)
        mask, parts = _largest(_grabcut(small) if found is None else found)
        touch = float(np.mean(_border(mask, 1)))
        if touch > 0.6:
            raise InputValidationError("no garment found: it fills the picture to its border")
        mask = cv2.resize(mask, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_LINEAR)
        # One pixel in from the edge, softened: keeps the background's colour off the rim.
        soft = cv2.GaussianBlur(cv2.erode(mask, np.ones((3, 3), np.uint8)).astype(np.float32),
                                (0, 0), 1.0)
        alpha = np.clip(soft * 255, 0, 255).astype(np.uint8)
        rgb = _clean_rim(rgb, mask)
    share = float(mask.mean())
    if share < 0.01:
        raise InputValidationError("no garment found in the picture")
    if share > 0.97:
        raise InputValidationError("no garment found: the picture has no background")
    ys, xs = np.nonzero(mask)
    box = (slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1))
    rgba = np.dstack([rgb[box], alpha[box]])
    height, width = rgba.shape[:2]
    if min(height, width) < 12:
        raise InputValidationError("no garment found: what is there is too small")
    factor = min(1.0, KEY_SIDE / max(height, width))
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    key = cv2.resize(rgba[..., 3], size, interpolation=cv2.INTER_AREA)
    return Garment(rgba, (key > 127).astype(np.uint8), parts)
