"""Entry point: fit(person, garment, category, quality) -> JPEG bytes."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

from .compose import blend
from .errors import InputValidationError
from .garment import cut_out
from .images import SIZES, cover, decode_garment, decode_photo, encode_jpeg
from .person import Models
from .wear_head import wear_glasses, wear_hat
from .wear_legs import wear_bottom, wear_shoes
from .wear_small import wear_accessory
from .wear_top import wear_top

CATEGORIES = ("top", "bottom", "dress", "outerwear", "headwear", "eyewear", "shoes", "accessory")
_lock = threading.Lock()


@functools.cache
def _load() -> Models:
    models = Models()
    models.warm()
    return models


def models() -> Models:
    """The models, loaded at the first call."""
    with _lock:
        return _load()


class Canceled(Exception):
    """The caller no longer wants the picture."""


def _check(stop: Callable[[], bool]) -> None:
    if stop():
        raise Canceled


def fit(person_bytes: bytes, garment_bytes: bytes, category: str, quality: str = "SD",
        stop: Callable[[], bool] = lambda: False) -> bytes:
    """Put a garment onto a person; raises errors.FitError where an input cannot be used.

    `stop` is asked between the steps; where it answers True, Canceled is raised.
    """
    if category not in CATEGORIES:
        raise InputValidationError(f"category must be one of {', '.join(CATEGORIES)}")
    if quality not in SIZES:
        raise InputValidationError(f"quality must be one of {', '.join(SIZES)}")
    size = SIZES[quality]
    photo = decode_photo(person_bytes)
    picture = decode_garment(garment_bytes, 2048 if quality == "4K" else 1280)
    _check(stop)
    engine = models()
    if engine.has_face(picture[..., :3]):
        raise InputValidationError("the garment's photo shows a person; a photo of the garment alone is needed")
    garment = cut_out(picture, holes=category == "eyewear")
    person = engine.analyse(photo, need_face=category in ("headwear", "eyewear"))
    _check(stop)
    scale = size[0] / person.photo.shape[1]
    if category in ("top", "outerwear", "dress"):
        layers = wear_top(person, garment, category, scale)
    elif category == "bottom":
        layers = wear_bottom(person, garment, scale)
    elif category == "shoes":
        layers = wear_shoes(person, garment, scale)
    elif category == "headwear":
        layers = wear_hat(person, garment, scale)
    elif category == "eyewear":
        layers = wear_glasses(person, garment, scale)
    else:
        layers = wear_accessory(person, garment, scale)
    _check(stop)
    return encode_jpeg(blend(cover(photo, size, person.centre), layers))
