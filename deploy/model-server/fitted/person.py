"""The person in a photo: pose, segmentation and face mesh, by models bundled with mediapipe."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import cv2
import numpy as np

from .errors import PoseError
from .images import WORK, cover, cover_matrix, shrink
from .runtime import face_detection, face_mesh, pose, selfie_segmentation

# Landmark numbers; "left" and "right" are the sides of the picture for a person who faces us.
NOSE = 0
SHOULDERS, ELBOWS, WRISTS = (12, 11), (14, 13), (16, 15)
FINGERS, HIPS, KNEES, ANKLES = (20, 19), (24, 23), (26, 25), (28, 27)
HEELS, TOES = (30, 29), (32, 31)


@dataclass
class Person:
    """A person in the work frame (images.WORK). Points are x, y; `seen` is 0..1 a landmark."""

    photo: np.ndarray           # RGB uint8 at WORK size
    points: np.ndarray          # 33 x 2
    seen: np.ndarray            # 33
    mask: np.ndarray            # float32 0..1 at WORK size
    face: np.ndarray | None     # 468 x 2
    centre: tuple[float, float]  # centre of the crop in the photo, 0..1
    flip: bool = False          # True where the person's back is to us

    def pair(self, pair: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """The two points of a left/right pair, picture's left first."""
        left, right = (pair[1], pair[0]) if self.flip else pair
        return self.points[left], self.points[right]

    def visible(self, pair: tuple[int, int], least: float = 0.5) -> tuple[bool, bool]:
        """Whether each point of a pair is seen and lies in the frame."""
        order = (pair[1], pair[0]) if self.flip else pair
        result = []
        for index in order:
            x, y = self.points[index]
            inside = -0.04 * WORK[0] <= x <= 1.04 * WORK[0] and 0 <= y <= 1.01 * WORK[1]
            result.append(bool(inside and self.seen[index] >= least))
        return result[0], result[1]


def guided(guide: np.ndarray, mask: np.ndarray, radius: int, eps: float) -> np.ndarray:
    """Grey guided filter: moves a soft mask's edges to the edges of the picture."""
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(array: np.ndarray) -> np.ndarray:
        return cv2.blur(array, size)

    m_i, m_p = mean(guide), mean(mask)
    a = (mean(guide * mask) - m_i * m_p) / (mean(guide * guide) - m_i * m_i + eps)
    b = m_p - a * m_i
    return np.clip(mean(a) * guide + mean(b), 0, 1)


class Models:
    """The models, loaded once; one caller at a time (the graphs are not re-entrant)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # model_complexity 1 ("full") is the one in the wheel; 0 and 2 would be downloaded.
        self._pose = pose.Pose(static_image_mode=True, model_complexity=1,
                               enable_segmentation=True, min_detection_confidence=0.5)
        self._selfie = selfie_segmentation.SelfieSegmentation(model_selection=0)
        self._mesh = face_mesh.FaceMesh(static_image_mode=True, max_num_faces=3,
                                        refine_landmarks=False, min_detection_confidence=0.5)
        self._faces = face_detection.FaceDetection(model_selection=1,
                                                   min_detection_confidence=0.6)

    def warm(self) -> None:
        """Run every graph once, so that the first prediction is not slower than the rest."""
        blank = np.full((256, 256, 3), 127, np.uint8)
        with self._lock:
            for model in (self._pose, self._selfie, self._mesh, self._faces):
                model.process(blank)

    def has_face(self, rgb: np.ndarray) -> bool:
        """Whether a picture shows a human face (the detector and the mesh must agree)."""
        small = np.ascontiguousarray(shrink(rgb, 640))
        with self._lock:
            if not self._faces.process(small).detections:
                return False
            return bool(self._mesh.process(small).multi_face_landmarks)

    def analyse(self, photo: np.ndarray, need_face: bool) -> Person:
        """Find the person; raises PoseError where there is none (or no face, if needed)."""
        small = np.ascontiguousarray(shrink(photo, 1024))
        with self._lock:
            found = self._pose.process(small)
            if found.pose_landmarks is None:
                if not need_face:
                    raise PoseError("no person found in the photo")
                points, seen, soft = np.zeros((33, 2)), np.zeros(33), None
            else:
                marks = found.pose_landmarks.landmark
                points = np.array([(m.x, m.y) for m in marks])
                seen = np.array([m.visibility for m in marks])
                soft = np.array(found.segmentation_mask, np.float32)
            selfie = np.array(self._selfie.process(small).segmentation_mask, np.float32)
            face = self._face(small, points if soft is not None else None)
        if face is None and need_face:
            raise PoseError("no face in view")
        if soft is None:
            soft = selfie
        both, either = np.minimum(soft, selfie).sum(), np.maximum(soft, selfie).sum()
        if both > 0.7 * either:
            soft = 0.5 * (soft + selfie)
        return self._place(photo, points, seen, soft, face)

    def _face(self, small: np.ndarray, points: np.ndarray | None) -> np.ndarray | None:
        """Face mesh in 0..1 coordinates: the face nearest the pose's nose, else a closer look."""
        height, width = small.shape[:2]
        found = self._mesh.process(small).multi_face_landmarks or []
        faces = [np.array([(m.x, m.y) for m in f.landmark]) for f in found]
        if points is None:
            return max(faces, key=lambda f: np.ptp(f[:, 0]), default=None)
        head = points[:11] * (width, height)
        reach = max(2.2 * np.ptp(head[:, 0]), 2.2 * np.ptp(head[:, 1]), 24.0)
        nose = points[NOSE] * (width, height)
        near = [f for f in faces if np.linalg.norm(f[1] * (width, height) - nose) < 0.5 * reach]
        if near:
            return min(near, key=lambda f: np.linalg.norm(f[1] * (width, height) - nose))
        x0, y0 = np.maximum(nose - reach, 0).astype(int)
        x1, y1 = np.minimum(nose + reach, (width, height)).astype(int)
        if x1 - x0 < 16 or y1 - y0 < 16:
            return None
        crop = cv2.resize(small[y0:y1, x0:x1], (320, max(1, round(320 * (y1 - y0) / (x1 - x0)))),
                          interpolation=cv2.INTER_CUBIC)
        found = self._mesh.process(crop).multi_face_landmarks or []
        if not found:
            return None
        face = np.array([(m.x, m.y) for m in found[0].landmark])
        return (face * (x1 - x0, y1 - y0) + (x0, y0)) / (width, height)

    @staticmethod
    def _place(photo: np.ndarray, points: np.ndarray, seen: np.ndarray, soft: np.ndarray,
               face: np.ndarray | None) -> Person:
        """Move all into the work frame, its crop centred on the person."""
        height, width = photo.shape[:2]
        marks = face if face is not None and not seen.any() else points[[i for i in range(33) if seen[i] > 0.5] or [0]]
        marks = np.clip(marks, 0, 1)
        centre = (float((marks[:, 0].min() + marks[:, 0].max()) / 2),
                  float((marks[:, 1].min() + marks[:, 1].max()) / 2))
        matrix = cover_matrix((width, height), WORK, centre)
        work = cover(photo, WORK, centre)

        def to_work(unit: np.ndarray) -> np.ndarray:
            return unit * (width, height) @ matrix[:, :2].T + matrix[:, 2]

        mask = cover(soft, WORK, centre) if soft.shape[:2] == photo.shape[:2] else cover(
            cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), WORK, centre)
        grey = cv2.cvtColor(work, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        mask = guided(grey, np.clip(mask, 0, 1).astype(np.float32), 7, 2e-3)
        mask = np.clip((mask - 0.25) * 2.0, 0, 1)
        person = Person(work, to_work(points), seen, mask,
                        None if face is None else to_work(face), centre)
        person.flip = bool(person.points[12][0] > person.points[11][0] + 4)
        return person
