"""A process under valgrind's callgrind, whose counters are read between two pieces of work."""

import pathlib
import re
import subprocess
import tempfile
import time

ALLOCATORS = {"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign"}


class Callgrind:
    def __init__(self, keep=None):
        self.keep, self.dumps, self.pid = keep, 0, None
        self.directory = tempfile.mkdtemp(prefix="drape-callgrind-")
        self.words = [
            "valgrind", "--tool=callgrind", "--compress-strings=no", "--trace-children=yes",
            f"--callgrind-out-file={self.directory}/out"]

    def control(self, option):
        subprocess.run(["callgrind_control", option, str(self.pid)], check=True, capture_output=True)

    def counted(self, work, name):
        """Instructions and allocations of `work`."""
        time.sleep(0.3)
        self.control("--zero")
        work()
        time.sleep(0.3)
        self.control("--dump")
        self.dumps += 1
        path = pathlib.Path(f"{self.directory}/out.{self.dumps}")
        while not path.exists() or "totals:" not in path.read_text():
            time.sleep(0.1)
        text = path.read_text()
        if self.keep:
            pathlib.Path(self.keep, f"{name}.callgrind").write_text(text)
        path.unlink()
        allocations = sum(
            int(count) for callee, count in re.findall(r"^cfn=(\S+).*\ncalls=(\d+)", text, re.M)
            if callee.split("@")[0].split("'")[0] in ALLOCATORS)
        return int(re.search(r"^totals: (\d+)", text, re.M)[1]), allocations
