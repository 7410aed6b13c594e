"""A sheet of results to look at: every category on both sample portraits, in every quality, by one renderer.

contact_sheet.py [--out FILE] [--set NAME=VALUE …]   settings of the worker, such as DRAPE_RENDERER=model
"""

import argparse
import io
import pathlib
import time
import urllib.request

from PIL import Image, ImageDraw

from processes import ROOT
from stack import Stack

GARMENTS = {
    "top": "tee", "outerwear": "jacket", "dress": "dress", "bottom": "trousers", "headwear": "hat", "eyewear": "glasses",
    "shoes": "shoes", "accessory": "tie"}
PHOTOS = {"person.png": "image/png", "portrait.jpg": "image/jpeg"}
CELL = (240, 360)


def get(stack, path, key):
    import json
    request = urllib.request.Request(f"http://127.0.0.1:{stack.port}{path}", headers={"X-API-Key": key})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def session(stack, key, garments, quality):
    """The ended session with one item of each category."""
    items = [{"sku": name, "garmentId": id, "category": name} for name, id in garments.items()]
    made = stack.call("/api/v1/cart-tryons", {"customerId": "shopper-42", "quality": quality, "items": items}, key=key)
    while True:
        view = get(stack, f"/api/v1/cart-tryons/{made['id']}", key)
        if view["status"] not in ("queued", "processing"):
            return view
        time.sleep(0.1)


def cell(stack, item):
    """The picture of an item, or the reason why there is none."""
    if "resultUrl" not in item:
        image = Image.new("RGB", CELL, (70, 70, 70))
        error = item.get("error", {})
        ImageDraw.Draw(image).multiline_text((8, 150), f"{error.get('code')}\n{error.get('message', '')[:200]}")
        return image
    path = item["resultUrl"].split("/", 3)[3]
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.port}/{path}") as answer:
        image = Image.open(io.BytesIO(answer.read()))
        image.load()
    label = f"{item['renderer']} {image.width}×{image.height}"
    image = image.resize(CELL, Image.Resampling.LANCZOS)
    ImageDraw.Draw(image).text((6, 344), label, fill=(255, 255, 255), stroke_width=2, stroke_fill=(0, 0, 0))
    return image


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / ".run/pictures.jpg")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    more = {"DRAPE_RENDERER": "compositor", "DRAPE_WORKER_SLOTS": "64"}
    more.update(pair.split("=", 1) for pair in options.set)
    stack = Stack(more=more)
    rows = []
    try:
        stack.start_ingress()
        (key, _), = stack.tenants(1)
        garments = {
            category: stack.call(
                f"/api/v1/garments?category={category}", (ROOT / f"samples/{name}.png").read_bytes(), key=key,
                media="image/png")["id"]
            for category, name in GARMENTS.items()}
        stack.start_worker()
        for photo, media in PHOTOS.items():
            face = stack.call(
                "/api/v1/customers/shopper-42/photos", (ROOT / "samples" / photo).read_bytes(), key=key, media=media)
            print(photo, "face:", face["face"])
            for quality in ["SD", "HD", "4K"]:
                rows.append([cell(stack, item) for item in session(stack, key, garments, quality)["items"]])
    finally:
        stack.stop()
    sheet = Image.new("RGB", (CELL[0] * len(GARMENTS), CELL[1] * len(rows)))
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            sheet.paste(image, (CELL[0] * x, CELL[1] * y))
    options.out.parent.mkdir(exist_ok=True)
    sheet.save(options.out, quality=88)
    print(options.out)


if __name__ == "__main__":
    main()
