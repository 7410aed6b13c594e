"""CPU, memory and rate of pictures: a worker that renders carts, beside Pillow, which makes pictures of the same sizes.

The worker's figures are those of a whole item: rows, files, decoding, composing, encoding and storing, but without what the
same session costs without a renderer. The peer only reads bytes in memory and writes bytes in memory.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import time

from processes import ROOT
from stack import Stack

SIZES = {"SD": (576, 864), "HD": (864, 1296), "4K": (2560, 3840)}
ITEMS = 10
# Carts of a round that measures pictures a second.
CARTS = {"SD": 80, "HD": 80, "4K": 16}


def telephone(directory):
    """A photograph of 2268 × 3024 with noise, as a telephone makes it."""
    from PIL import Image
    person = Image.open(ROOT / "samples/person.png").convert("RGB").crop((64, 0, 448, 512))
    large = person.resize((2268, 3024), Image.Resampling.BICUBIC)
    noise = Image.effect_noise((2268, 3024), 12).convert("RGB")
    path = pathlib.Path(directory) / "telephone.jpg"
    Image.blend(large, noise, 0.04).save(path, "JPEG", quality=90)
    return path


def memory(server, name):
    """A figure of /proc in bytes: VmHWM is the peak, VmRSS what is used now."""
    for line in pathlib.Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0


def upload(stack, key, path):
    media = "image/png" if path.suffix == ".png" else "image/jpeg"
    stack.call("/api/v1/customers/shopper-42/photos", path.read_bytes(), key=key, media=media)


def submit(stack, key, garment, quality):
    items = [{"sku": f"S{number}", "garmentId": garment, "category": "top"} for number in range(ITEMS)]
    stack.call("/api/v1/cart-tryons", {"customerId": "shopper-42", "quality": quality, "items": items}, key=key)


def sessions(stack, key, garment, quality, count):
    """CPU seconds of the worker, an item."""
    done, before = stack.metric("drape_sessions_ended_total"), stack.worker.cpu_seconds()
    for _ in range(count):
        submit(stack, key, garment, quality)
    while stack.metric("drape_sessions_ended_total") < done + count:
        time.sleep(0.02)
    return (stack.worker.cpu_seconds() - before) / (count * ITEMS)


def drape(photos, rounds):
    """CPU ms a picture and memory in sizes of the output, by photo and quality."""
    found = {}
    for renderer in ["none", "compositor"]:
        stack = Stack(more={"DRAPE_RENDERER": renderer, "DRAPE_WORKER_SLOTS": "40"})
        try:
            stack.start_ingress()
            (key, garment), = stack.tenants(1)
            for name, photo in photos.items():
                upload(stack, key, photo)
                for quality, (width, height) in SIZES.items():
                    # A worker of its own: what the libraries keep does not hide what the next picture needs.
                    stack.start_worker()
                    before = memory(stack.worker, "VmRSS")
                    sessions(stack, key, garment, quality, 1)
                    used = (memory(stack.worker, "VmHWM") - before) / (width * height * 3)
                    cpu = [sessions(stack, key, garment, quality, 4) * 1e3 for _ in range(rounds)]
                    found[renderer, name, quality] = (cpu, used)
                    stack.worker.stop()
        finally:
            stack.stop()
    return found


def pillow(photo, size, count):
    words = [sys.executable, ROOT / "Benchmarks/pillow_compositor.py", photo, ROOT / "samples/tee.png", *size, count]
    output = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout.split()
    return [float(word) for word in output[:-1]], float(output[-1])


def pictures(options):
    import tempfile
    with tempfile.TemporaryDirectory() as directory:
        photos = {"512 × 512 PNG": ROOT / "samples/person.png", "2268 × 3024 JPEG": telephone(directory)}
        found = drape(photos, options.rounds)
        print("| a picture, one garment of a cart of ten | Drape: CPU ms | Pillow: CPU ms | Drape ÷ Pillow | Drape: memory ÷ output | Pillow: memory ÷ output |")
        print("|---|---|---|---|---|---|")
        for name, photo in photos.items():
            for quality, size in SIZES.items():
                rest = statistics.median(found["none", name, quality][0])
                own = [cpu - rest for cpu in found["compositor", name, quality][0]]
                used = found["compositor", name, quality][1] - max(0, found["none", name, quality][1])
                peer, peer_used = pillow(photo, size, 9)
                ratio = statistics.median(own) / statistics.median(peer)
                print(
                    f"| {quality} from {name} | {spread(own)} | {spread(peer)} | {ratio:.2f} | {used:.1f} | {peer_used:.1f} |",
                    flush=True)
        print()
        rates = throughput(photos, options.rounds)
        print(f"| pictures a second on {os.cpu_count()} cores | Drape, one worker with its stores | Pillow, {os.cpu_count()} processes | Drape ÷ Pillow |")
        print("|---|---|---|---|")
        for (name, quality), own in rates.items():
            peer = pillow_throughput(photos[name], SIZES[quality], 12, options.rounds)
            ratio = statistics.median(own) / statistics.median(peer)
            print(f"| {quality} from {name} | {spread(own)} | {spread(peer)} | {ratio:.2f} |", flush=True)
        print()


def throughput(photos, rounds):
    """Pictures a second of one worker that has all cores, by photo and quality: from its first claim to its last end."""
    found = {}
    stack = Stack(more={"DRAPE_RENDERER": "compositor", "DRAPE_WORKER_SLOTS": "256"})
    try:
        stack.start_ingress()
        tenants = stack.tenants(4)
        for name, photo in photos.items():
            for key, _ in tenants:
                upload(stack, key, photo)
            for quality, carts in CARTS.items():
                rates = []
                for _ in range(rounds):
                    for number in range(carts):
                        key, garment = tenants[number % len(tenants)]
                        submit(stack, key, garment, quality)
                    started = time.perf_counter() + stack.start_worker()
                    while stack.metric("drape_sessions_ended_total") < carts:
                        time.sleep(0.005)
                    rates.append(carts * ITEMS / (time.perf_counter() - started))
                    stack.worker.stop()
                found[name, quality] = rates
    finally:
        stack.stop()
    return found


def pillow_throughput(photo, size, count, rounds):
    """Pictures a second of as many processes as there are cores, without their start."""
    rates = []
    for _ in range(rounds):
        words = [sys.executable, ROOT / "Benchmarks/pillow_compositor.py", photo, ROOT / "samples/tee.png", *size, count]
        peers = [
            subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True)
            for _ in range(os.cpu_count())]
        # Each process prints the CPU ms of every picture; it does nothing but compute.
        rates.append(sum(
            1_000 / statistics.mean(float(word) for word in peer.communicate()[0].split()[:-1]) for peer in peers))
    return rates


def spread(values):
    return f"{statistics.median(values):.1f} ({min(values):.1f}–{max(values):.1f})"
