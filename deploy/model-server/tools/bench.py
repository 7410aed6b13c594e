"""Median seconds of fit() by category and size, models loaded: bench.py SAMPLES_FOLDER [RUNS]."""

from __future__ import annotations

import hashlib
import resource
import statistics
import sys
import time
from pathlib import Path

from fitted.fit import fit, models

CASES = (("top", "person.png", "tee.png"), ("outerwear", "grace_hopper.jpg", "jacket.png"),
         ("dress", "street1.jpg", "dress.png"), ("bottom", "street1.jpg", "trousers.png"),
         ("shoes", "street1.jpg", "shoes.png"), ("headwear", "person.png", "hat.png"),
         ("eyewear", "person.png", "glasses.png"), ("accessory", "grace_hopper.jpg", "tie.png"))


def main(folder: str, runs: int) -> None:
    """Print one line a category and size."""
    begun = time.perf_counter()
    models()
    print(f"models loaded in {time.perf_counter() - begun:.2f} s")
    for category, person, garment in CASES:
        inputs = ((Path(folder) / person).read_bytes(), (Path(folder) / garment).read_bytes())
        for quality in ("SD", "HD", "4K"):
            times = []
            for _ in range(runs):
                begun = time.perf_counter()
                picture = fit(*inputs, category, quality)
                times.append(time.perf_counter() - begun)
            digest = hashlib.sha256(picture).hexdigest()[:12]
            print(f"{category:10} {quality}  median {statistics.median(times):.2f} s  "
                  f"worst {max(times):.2f} s  {len(picture) >> 10} KiB  {digest}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5)
