"""Categories, sizes, determinism and errors of fit()."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from fitted.errors import ImageLoadError, InputValidationError, PoseError
from fitted.fit import CATEGORIES, fit
from fitted.images import SIZES, cover

PORTRAIT = "person.png"
OTHER = "portrait.jpg"
# The only sample with legs; it is drawn.
STANDING = "figure.jpg"
CASES = [
    ("top", PORTRAIT, "tee.png"), ("top", OTHER, "tee.png"), ("outerwear", PORTRAIT, "jacket.png"),
    ("dress", PORTRAIT, "dress.png"), ("headwear", PORTRAIT, "hat.png"), ("eyewear", OTHER, "glasses.png"),
    ("accessory", PORTRAIT, "tie.png"), ("bottom", STANDING, "trousers.png"), ("shoes", STANDING, "shoes.png"),
]


def decode(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.parametrize(("category", "person", "item"), CASES)
def test_category_changes_the_photo(load, category, person, item):
    result = decode(fit(load(person), load(item), category, "SD"))
    assert result.shape == (864, 576, 3)
    photo = decode(load(person))
    changed = [float((np.abs(result.astype(int) - cover(photo, (576, 864), (x, 0.5)).astype(int)).max(2) > 40).mean())
               for x in np.linspace(0, 1, 21)]
    assert 0.003 < min(changed) < 0.75


def test_colours_of_the_garment_arrive(load):
    result = decode(fit(load(PORTRAIT), load("tee.png"), "top", "SD"))
    chest = result[560:700, 200:400].reshape(-1, 3).mean(0)
    assert chest[0] > chest[2] + 20     # blue, where the photo is orange


def changes(load, category, item):
    """Where a result of the standing figure differs from its photo."""
    result = decode(fit(load(STANDING), load(item), category, "SD")).astype(int)
    photo = cover(decode(load(STANDING)), (576, 864), (0.5, 0.5)).astype(int)
    return np.abs(result - photo).max(2) > 25


def test_trousers_cover_both_legs(load):
    changed = changes(load, "bottom", "trousers.png")
    # Between knees and ankles, on either side of the middle.
    for leg in changed[600:720, 236:272], changed[600:720, 304:340]:
        assert leg.mean() > 0.4
    assert changed[:380].mean() < 0.01


def test_shoes_have_one_size_and_stay_at_the_feet(load):
    changed = changes(load, "shoes", "shoes.png")
    assert np.nonzero(changed)[0].min() > 700
    left, right = changed[:, :288].sum(), changed[:, 288:].sum()
    assert 0.7 < left / right < 1.4


def dhash(picture: np.ndarray) -> int:
    """Differences of neighbours in a copy of 9 × 8: of 64 bits few change if the picture looks the same."""
    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
    return int("".join(str(int(bit)) for bit in (small[:, 1:] > small[:, :-1]).flatten()), 2)


@pytest.mark.parametrize(("category", "person", "item", "reference"), [
    ("top", PORTRAIT, "tee.png", 0xEBCBDA478524BCC0), ("top", OTHER, "tee.png", 0xF022F3B4AB2268BC),
    ("outerwear", PORTRAIT, "jacket.png", 0xEBCBDA479931B4D0), ("dress", PORTRAIT, "dress.png", 0xEBCBDA478F24BC84),
    ("headwear", PORTRAIT, "hat.png", 0x8BCBDA47C334A4D5), ("eyewear", OTHER, "glasses.png", 0xF022F7B4AB63B42C),
    ("accessory", PORTRAIT, "tie.png", 0xEBCBDA47CB24ACD5), ("bottom", STANDING, "trousers.png", 0x0C0C160E060C0C14),
    ("shoes", STANDING, "shoes.png", 0x0C0C160E0E0C1414),
])
def test_looks_as_it_did_when_it_was_looked_at(load, category, person, item, reference):
    found = dhash(decode(fit(load(person), load(item), category, "SD")))
    assert (found ^ reference).bit_count() <= 3, hex(found)


@pytest.mark.parametrize("quality", ["SD", "HD", "4K"])
def test_sizes(load, quality):
    result = decode(fit(load(PORTRAIT), load("glasses.png"), "eyewear", quality))
    assert (result.shape[1], result.shape[0]) == SIZES[quality]


@pytest.mark.parametrize(("category", "item"), [
    ("top", "tee.png"), ("headwear", "hat.png"), ("eyewear", "glasses.png")])
def test_deterministic(load, category, item):
    first = fit(load(PORTRAIT), load(item), category, "SD")
    fit(load("portrait.jpg"), load(item), category, "SD")
    assert fit(load(PORTRAIT), load(item), category, "SD") == first


@pytest.mark.parametrize("category", CATEGORIES)
def test_no_person(load, empty_room, category):
    with pytest.raises(PoseError, match="^PoseError: "):
        fit(empty_room, load("tee.png"), category, "SD")


@pytest.mark.parametrize("person", [PORTRAIT, "portrait.jpg"])
@pytest.mark.parametrize(("category", "item"), [("bottom", "trousers.png"), ("shoes", "shoes.png")])
def test_no_legs(load, person, category, item):
    with pytest.raises(PoseError):
        fit(load(person), load(item), category, "SD")


def test_no_torso(load):
    photo = decode(load("portrait.jpg"))[60:330, 100:420]
    data = cv2.imencode(".png", photo)[1].tobytes()
    with pytest.raises(PoseError):
        fit(data, load("tee.png"), "top", "SD")


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_undecodable(load, data):
    with pytest.raises(ImageLoadError, match="^ImageLoadError: "):
        fit(data, load("tee.png"), "top", "SD")
    with pytest.raises(ImageLoadError):
        fit(load(PORTRAIT), data, "top", "SD")


@pytest.mark.parametrize("name", [PORTRAIT, "portrait.jpg"])
def test_person_in_the_garment_photo(load, name):
    with pytest.raises(InputValidationError, match="shows a person"):
        fit(load(PORTRAIT), load(name), "top", "SD")


@pytest.mark.parametrize("fill", [(255, 255, 255), (30, 90, 160)])
def test_no_garment(load, fill):
    data = cv2.imencode(".png", np.full((400, 400, 3), fill, np.uint8))[1].tobytes()
    with pytest.raises(InputValidationError, match="no garment"):
        fit(load(PORTRAIT), data, "top", "SD")


def test_not_glasses(load):
    line = cv2.line(np.full((300, 300, 3), 255, np.uint8), (10, 10), (290, 290), (0, 0, 0), 3)
    with pytest.raises(InputValidationError):
        fit(load(PORTRAIT), cv2.imencode(".png", line)[1].tobytes(), "eyewear", "SD")


def test_bad_choice(load):
    with pytest.raises(InputValidationError):
        fit(load(PORTRAIT), load("tee.png"), "cape", "SD")


def test_plain_background_like_alpha(load, on_plain):
    flat = decode(fit(load(PORTRAIT), on_plain("jacket.png"), "outerwear", "SD")).astype(int)
    clear = decode(fit(load(PORTRAIT), load("jacket.png"), "outerwear", "SD")).astype(int)
    assert np.abs(flat - clear).mean() < 6
