"""Decoding, cover fit and encoding of pictures."""

from __future__ import annotations

import os

os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(20_000_000))

import cv2  # noqa: E402  (the pixel limit above must be set before the import)
import numpy as np  # noqa: E402

from .errors import ImageLoadError  # noqa: E402

SIZES: dict[str, tuple[int, int]] = {"SD": (576, 864), "HD": (864, 1296), "4K": (2560, 3840)}
WORK: tuple[int, int] = (576, 864)
"""Width and height at which masks and maps are computed, whatever the output size."""


def _decode(data: bytes, flags: int, what: str) -> np.ndarray:
    if not data:
        raise ImageLoadError(f"the {what} picture is empty")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        image = None
    if image is None:
        raise ImageLoadError(f"the {what} picture cannot be decoded")
    if min(image.shape[:2]) < 32:
        raise ImageLoadError(f"the {what} picture is smaller than 32 pixels")
    return image


def decode_photo(data: bytes, what: str = "person") -> np.ndarray:
    """Decode to RGB uint8, turned upright by its EXIF orientation."""
    return cv2.cvtColor(_decode(data, cv2.IMREAD_COLOR, what), cv2.COLOR_BGR2RGB)


def decode_garment(data: bytes, limit: int) -> np.ndarray:
    """Decode to RGBA uint8, no side longer than `limit`."""
    image = _decode(data, cv2.IMREAD_UNCHANGED, "garment")
    if image.ndim == 3 and image.shape[2] == 4:
        if image.dtype == np.uint16:
            image = (image >> 8).astype(np.uint8)
        rgba = cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA)
    else:
        rgba = cv2.cvtColor(_decode(data, cv2.IMREAD_COLOR, "garment"), cv2.COLOR_BGR2RGBA)
    return shrink(rgba, limit)


def shrink(image: np.ndarray, limit: int) -> np.ndarray:
    """Scale down so that no side is longer than `limit`; colours weighted by alpha."""
    height, width = image.shape[:2]
    factor = limit / max(height, width)
    if factor >= 1.0:
        return image
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    if image.ndim == 3 and image.shape[2] == 4:
        pre = cv2.resize(premultiply(image), size, interpolation=cv2.INTER_AREA)
        return unpremultiply(pre)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def premultiply(rgba: np.ndarray) -> np.ndarray:
    """RGBA uint8 to premultiplied float32, 0..255."""
    out = rgba.astype(np.float32)
    out[..., :3] *= out[..., 3:] * (1.0 / 255.0)
    return out


def unpremultiply(pre: np.ndarray) -> np.ndarray:
    """Premultiplied float32 back to RGBA uint8."""
    out = pre.copy()
    out[..., :3] *= 255.0 / np.maximum(out[..., 3:], 1.0)
    return np.clip(out + 0.5, 0, 255).astype(np.uint8)


def cover_matrix(source: tuple[int, int], size: tuple[int, int],
                 centre: tuple[float, float] = (0.5, 0.5)) -> np.ndarray:
    """2x3 matrix of a cover fit of `source` (w, h) into `size`, `centre` (0..1) kept central."""
    scale = max(size[0] / source[0], size[1] / source[1])
    shift = []
    for side, want, middle in zip(source, size, centre):
        free = side * scale - want
        shift.append(-min(max(middle * side * scale - want / 2, 0.0), free))
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float64)


def cover(photo: np.ndarray, size: tuple[int, int], centre: tuple[float, float]) -> np.ndarray:
    """Cover fit and crop of a photo."""
    height, width = photo.shape[:2]
    matrix = cover_matrix((width, height), size, centre)
    scale = matrix[0, 0]
    x0, y0 = -matrix[0, 2] / scale, -matrix[1, 2] / scale
    x1, y1 = x0 + size[0] / scale, y0 + size[1] / scale
    crop = photo[int(round(y0)):max(int(round(y1)), int(round(y0)) + 1),
                 int(round(x0)):max(int(round(x1)), int(round(x0)) + 1)]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(crop, size, interpolation=method)


def encode_jpeg(rgb: np.ndarray, quality: int = 92) -> bytes:
    """Encode RGB uint8 as a JPEG."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR),
                              [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError("JPEG encoding failed")
    return data.tobytes()
