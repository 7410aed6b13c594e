"""Where a garment's keypoints belong on a person: shoulders, collar, armpits, sides, arms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import PoseError
from .images import WORK
from .keypoints import Sleeve, TopKeys
from .person import ANKLES, ELBOWS, HIPS, KNEES, SHOULDERS, WRISTS, Person
from .warp import cut, normals, resample, smooth


@dataclass
class Frame:
    """Body axes: origin between the shoulders, unit vectors across and down, and lengths."""

    origin: np.ndarray
    across: np.ndarray
    down: np.ndarray
    shoulders: float            # distance of the shoulder joints
    torso: float                # from the shoulders to the hips

    def at(self, x: float, y: float) -> np.ndarray:
        """The point `x` across and `y` down from the origin."""
        return self.origin + self.across * x + self.down * y


def march(mask: np.ndarray, start: np.ndarray, way: np.ndarray, least: float, most: float) -> float:
    """Distance from `start` along `way` to the person's outline, within bounds.

    Points beyond the frame count as on the person.
    """
    steps = np.arange(1.5, most + 1.5, 1.5)
    points = np.rint(start + way * steps[:, None]).astype(int)
    x, y = points[:, 0], points[:, 1]
    within = (x >= 0) & (x < WORK[0]) & (y >= 0) & (y < WORK[1])
    off = within & (mask[y.clip(0, WORK[1] - 1), x.clip(0, WORK[0] - 1)] <= 0.5)
    length = steps[off.argmax()] - 1.5 if off.any() else most
    return float(np.clip(length, least, most))


def torso_frame(person: Person) -> Frame:
    """The torso's axes; raises PoseError where the torso is not in view."""
    left, right = person.pair(SHOULDERS)
    if not all(person.visible(SHOULDERS)):
        raise PoseError("the torso is not in view: both shoulders must be in the picture")
    gap = float(np.linalg.norm(right - left))
    origin = (left + right) / 2
    hips = sum(person.pair(HIPS)) / 2
    torso = float(np.linalg.norm(hips - origin))
    if gap < 0.03 * WORK[0] or gap < 0.28 * torso and all(person.visible(HIPS)):
        raise PoseError("the torso is seen from the side; a frontal view is needed")
    across = (right - left) / max(gap, 1e-6)
    down = np.array([-across[1], across[0]])
    if all(person.visible(HIPS, 0.4)) and torso > 1e-6:
        spine = (hips - origin) / torso
        down = 0.35 * down + 0.65 * spine
        down /= np.linalg.norm(down)
    else:
        torso = float(np.clip(torso, 1.25 * gap, 1.6 * gap))
    if origin[1] + 0.3 * gap > WORK[1]:
        raise PoseError("the torso is not in view: the picture ends at the shoulders")
    return Frame(origin, across, down, gap, torso)


@dataclass
class TopTargets:
    """Target points (work frame) for TopKeys, and garment pixels to frame pixels scale."""

    source: np.ndarray
    target: np.ndarray
    tips: tuple[np.ndarray, np.ndarray]
    armpits: tuple[np.ndarray, np.ndarray]
    collar: tuple[np.ndarray, np.ndarray]
    neck: np.ndarray
    bottom: float               # hem, measured down the torso's axis
    scale: float


def top_targets(person: Person, frame: Frame, keys: TopKeys, loose: float, long: bool) -> TopTargets:
    """Match the keypoints of a top (or, if `long`, of a dress) to the body."""
    s, mask = frame.shoulders, person.mask
    joints = person.pair(SHOULDERS)
    tips, pits = [], []
    for side, out in ((0, -1), (1, 1)):
        way = frame.across * out * 0.75 - frame.down * 0.66
        reach = march(mask, joints[side], way / np.linalg.norm(way), 0.10 * s, 0.24 * s)
        if keys.sleeves[side] is None:
            reach = min(reach, 0.14 * s)
        tips.append(joints[side] + way / np.linalg.norm(way) * reach * loose)
        pits.append(joints[side] + frame.across * out * 0.05 * s * loose + frame.down * 0.36 * s)
    wide = float(np.linalg.norm(tips[1] - tips[0]))
    source_wide = max(float(np.linalg.norm(keys.tips[1] - keys.tips[0])), 1.0)
    source_pits = float(np.linalg.norm(keys.armpits[1] - keys.armpits[0]))
    if keys.sleeves[0] is None and keys.sleeves[1] is None:
        # Straps vary: scale by the chest, and set the straps in proportion to it.
        scale = float(np.linalg.norm(pits[1] - pits[0])) / max(source_pits, 1.0)
        middle = (tips[0] + tips[1]) / 2
        share = float(np.clip(source_wide * scale / wide, 0.5, 1.0))
        tips = [middle + (t - middle) * share for t in tips]
        wide *= share
    else:
        scale = wide / source_wide
    # Collar: its share of the shoulder width, resting on the slope from tip to neck.
    middle = (tips[0] + tips[1]) / 2
    share = float(np.clip(np.linalg.norm(keys.collar[1] - keys.collar[0]) / source_wide, 0.2, 0.85))
    if keys.sleeves[0] is not None or keys.sleeves[1] is not None:
        share = float(np.clip(share, 0.3, 0.62))
    collar = []
    for side in (0, 1):
        base = middle + (tips[side] - middle) * share
        collar.append(base - frame.down * 0.13 * s * (1 - share) / 0.5)
    depth = float(keys.neck[1] - (keys.collar[0][1] + keys.collar[1][1]) / 2) * scale
    neck = (collar[0] + collar[1]) / 2 + frame.down * float(np.clip(depth, 0.02 * s, 0.75 * s))

    length = (keys.hem[0][1] - (keys.tips[0][1] + keys.tips[1][1]) / 2) * scale
    top = float((middle - frame.origin) @ frame.down)
    bottom = top + length
    if long:
        feet = sum(person.pair(ANKLES)) / 2
        knees = sum(person.pair(KNEES)) / 2
        most = max(float((feet - frame.origin) @ frame.down), frame.torso * 1.9)
        least = 0.45 * frame.torso + 0.55 * float((knees - frame.origin) @ frame.down)
        bottom = float(np.clip(bottom, max(least, 1.3 * frame.torso), most))
    else:
        bottom = float(np.clip(bottom, 1.0 * frame.torso, 1.38 * frame.torso))
    pit_down = 0.36 * s
    half = float(np.linalg.norm(pits[1] - pits[0])) / 2

    def half_width(down: float, source: np.ndarray, out: int) -> float:
        shape = abs(source[0] - (keys.armpits[0][0] + keys.armpits[1][0]) / 2) / max(source_pits / 2, 1)
        own = half * (shape if long else 0.5 + 0.5 * shape)
        if down > 1.15 * frame.torso:   # a skirt hangs by its own shape
            return own
        # Out to the person's outline, but not onto an arm that hangs beside the torso.
        arm = np.array([joints[int(out > 0)], person.pair(ELBOWS)[int(out > 0)], person.pair(WRISTS)[int(out > 0)]])
        level = (arm - frame.origin) @ frame.down
        beside = (arm - frame.origin) @ frame.across * out
        most = 1.45 * own
        if level[0] < level[1] < level[2] and down < level[2]:
            most = min(most, float(np.interp(down, level, beside)) - 0.1 * s)
        body = march(mask, frame.at(0, down), frame.across * out, 0.9 * own, max(most, 0.9 * own))
        return 0.2 * own + 0.8 * body * (0.99 + 0.03 * loose)

    source: list[np.ndarray] = [*keys.collar, keys.neck, *keys.tips, *keys.armpits]
    target: list[np.ndarray] = [*collar, neck, *tips, *pits]
    rows = [*keys.sides, (1.0, *keys.hem)]
    downs = [pit_down + share * (bottom - pit_down) for share, _, _ in rows]
    halves = np.array([[half_width(d, left, -1), half_width(d, right, 1)] for d, (_, left, right) in zip(downs, rows)])
    padded = np.vstack([halves[:1], halves, 2 * halves[-1:] - halves[-2:-1] if long else halves[-1:]])
    halves = 0.3 * padded[:-2] + 0.4 * padded[1:-1] + 0.3 * padded[2:]
    for down, (_, left, right), (to_left, to_right) in zip(downs, rows, halves):
        source += [left, right]
        target += [frame.at(-to_left, down), frame.at(to_right, down)]
    source.append((keys.hem[0] + keys.hem[1]) / 2)
    target.append((target[-1] + target[-2]) / 2 + frame.down * 0.03 * s)
    return TopTargets(np.array(source), np.array(target), (tips[0], tips[1]), (pits[0], pits[1]),
                      (collar[0], collar[1]), neck, bottom, scale)


def sleeve_curves(person: Person, frame: Frame, targets: TopTargets, sleeve: Sleeve, side: int,
                  count: int = 28) -> tuple[np.ndarray, np.ndarray, float]:
    """Outer and inner edge of a sleeve along the arm, and its length in frame pixels."""
    tip, s = targets.tips[side], frame.shoulders
    # A little into the torso, which the sleeve overlaps: no gap opens at the armpit.
    pit = targets.armpits[side] + frame.across * (0.035 * s if side == 0 else -0.035 * s) + frame.down * 0.02 * s
    elbow, wrist = person.pair(ELBOWS)[side], person.pair(WRISTS)[side]
    start = (tip + pit) / 2
    if np.linalg.norm(elbow - start) < 0.25 * s:  # the arm points at us
        elbow = start + (elbow - start) * 0.25 * s / max(float(np.linalg.norm(elbow - start)), 1e-3)
    arm = resample(np.array([start, elbow, wrist]), 60)
    arm = smooth(arm, 13)
    whole = float(np.linalg.norm(np.diff(arm, axis=0), axis=1).sum())
    length = sleeve.length * targets.scale
    if length > 0.8 * whole or length > 1.25 * s:
        length = whole * 1.02
    line = resample(cut(arm, max(length, 0.2 * s)), count)
    turn = normals(line)
    if turn[0] @ (tip - pit) < 0:
        turn = -turn
    u = np.linspace(0, 1, count)
    cuff = sleeve.cuff * targets.scale / 2
    reach = np.array([march(person.mask, line[k], turn[k], 0.09 * s, 0.24 * s)
                      for k in range(count)])
    reach = np.convolve(np.pad(reach, 4, mode="edge"), np.ones(9) / 9, "valid")
    outer_half = np.maximum(reach * 1.05, cuff * 0.8)
    inner_half = np.clip(np.maximum(reach, cuff), 0.09 * s, 0.2 * s)
    blend = np.clip(u * length / (0.42 * s), 0, 1)
    blend = (blend * blend * (3 - 2 * blend))[:, None]
    outer = line + (1 - blend) * (tip - start) + blend * turn * outer_half[:, None]
    inner = line + (1 - blend) * (pit - start) - blend * turn * inner_half[:, None]
    return outer, inner, length
