"""A sheet of results to look at: every category on each sample photograph, in every quality, by each renderer.

contact_sheet.py [--out FILE] [--renderers compositor,model]

The renderer `model` uses the model server of deploy/model-server, whose packages are installed under .run/.
"""

import argparse
import io
import pathlib
import subprocess
import textwrap
import time
import urllib.request

from PIL import Image, ImageDraw

from processes import ROOT, free_port
from stack import Stack

GARMENTS = {
    "top": "tee", "outerwear": "jacket", "dress": "dress", "bottom": "trousers", "headwear": "hat", "eyewear": "glasses",
    "shoes": "shoes", "accessory": "tie"}
PHOTOS = {"person.png": "image/png", "portrait.jpg": "image/jpeg", "figure.jpg": "image/jpeg"}
CELL = (200, 300)


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
        ImageDraw.Draw(image).multiline_text((8, 130), f"{error.get('code')}\n" + "\n".join(textwrap.wrap(error.get("message", ""), 30)))
        return image
    path = item["resultUrl"].split("/", 3)[3]
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.port}/{path}") as answer:
        image = Image.open(io.BytesIO(answer.read()))
        image.load()
    label = f"{item['renderer']} {image.width}×{image.height}"
    image = image.resize(CELL, Image.Resampling.LANCZOS)
    ImageDraw.Draw(image).text((6, 284), label, fill=(255, 255, 255), stroke_width=2, stroke_fill=(0, 0, 0))
    return image


def start_model_server(stack, servers):
    """The URL of a model server, which is appended to `servers`."""
    place = ROOT / ".run/model-server"
    subprocess.run([str(ROOT / "scripts/install-model-server"), str(place)], check=True)
    port = free_port()
    stack.env["PYTHONDONTWRITEBYTECODE"] = "1"
    server = stack.launch(
        "model-server", place / "bin/uvicorn", "fitted.app:app", "--app-dir", ROOT / "deploy/model-server", "--host",
        "127.0.0.1", "--port", port)
    servers.append(server)
    end = time.monotonic() + 60

    def is_ready():
        if time.monotonic() > end:
            raise SystemExit("the model server does not become ready")
        time.sleep(0.1)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health-check", timeout=1) as answer:
                return b"READY" in answer.read()
        except OSError:
            return False

    server.wait(is_ready)
    return f"http://127.0.0.1:{port}"


def rows(renderer):
    """The pictures of one renderer: a row for each photograph and quality."""
    stack = Stack(more={"DRAPE_RENDERER": renderer, "DRAPE_WORKER_SLOTS": "64"})
    servers = []
    try:
        if renderer == "model":
            stack.env["DRAPE_MODEL_URLS"] = start_model_server(stack, servers)
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
            print(renderer, photo, "face:", face["face"])
            for quality in ["SD", "HD", "4K"]:
                yield [cell(stack, item) for item in session(stack, key, garments, quality)["items"]]
    finally:
        stack.stop()
        for server in servers:
            server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / ".run/pictures.jpg")
    parser.add_argument("--renderers", default="compositor,model")
    options = parser.parse_args()
    # The renderers are side by side.
    sides = [list(rows(renderer)) for renderer in options.renderers.split(",")]
    sheet = Image.new("RGB", (CELL[0] * len(GARMENTS) * len(sides), CELL[1] * len(sides[0])))
    for side, pictures in enumerate(sides):
        for y, row in enumerate(pictures):
            for x, image in enumerate(row):
                sheet.paste(image, (CELL[0] * (len(GARMENTS) * side + x), CELL[1] * y))
    options.out.parent.mkdir(exist_ok=True)
    sheet.save(options.out, quality=88)
    print(options.out)


if __name__ == "__main__":
    main()
