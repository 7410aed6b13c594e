"""The peer of the compositor: the same pictures by Pillow. Prints the CPU milliseconds of each picture, and the peak of memory.

pillow_compositor.py PHOTO GARMENT WIDTH HEIGHT COUNT
"""

import io
import pathlib
import resource
import sys
import time

from PIL import Image, ImageOps


def picture(photo, garment, size):
    person = Image.open(io.BytesIO(photo))
    person.draft("RGB", size)
    person = ImageOps.fit(person.convert("RGB"), size, Image.Resampling.BICUBIC)
    worn = ImageOps.contain(Image.open(io.BytesIO(garment)).convert("RGBA"), (size[0] * 3 // 4, size[1] // 2))
    person.paste(worn, ((size[0] - worn.width) // 2, size[1] // 3), worn)
    output = io.BytesIO()
    person.save(output, "JPEG", quality=88)
    return output.getvalue()


def main():
    photo, garment = (pathlib.Path(name).read_bytes() for name in sys.argv[1:3])
    width, height, count = map(int, sys.argv[3:6])
    # One small picture first, so that the libraries are loaded; the peak before it is not the pictures'.
    picture(photo, garment, (64, 96))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(count):
        started = time.process_time()
        picture(photo, garment, (width, height))
        print((time.process_time() - started) * 1e3)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / (width * height * 3))


if __name__ == "__main__":
    main()
