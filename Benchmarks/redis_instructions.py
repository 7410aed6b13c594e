"""Counts the user-mode instructions that Redis spends on an admission, and on a session of a worker, under callgrind.

A count is the difference of two runs of different length, so that what a run costs besides its sessions does not show.
"""

import argparse
import pathlib
import subprocess
import tempfile
import time

from bench import admission_script, seen_admission, wrk
from callgrind import Callgrind
from stack import BIN, Stack


def admissions(stack, command, count):
    subprocess.run(
        ["redis-benchmark", "-s", f"{stack.directory}/redis/redis.sock", "-c", "16", "-n", str(count),
         "-r", "1000000000", "-q", *command], check=True, capture_output=True)


def worked_off(stack, count):
    """Starts a worker, and stops it when it has ended so many sessions."""
    stack.start_worker()
    while stack.metric("drape_sessions_ended_total") < count:
        time.sleep(0.05)
    stack.worker.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=2_000, help="of the long run; the short one has a quarter")
    parser.add_argument("--tenants", type=int, default=16)
    parser.add_argument("--bin", type=pathlib.Path, default=BIN, help="where the daemons are")
    parser.add_argument("--keep", help="a directory for callgrind's files")
    options = parser.parse_args()
    callgrind = Callgrind(options.keep)
    stack = Stack(redis_under=callgrind.words, bin=options.bin, more={"DRAPE_REDIS_TIMEOUT_MS": "60000"})
    callgrind.pid = stack.redis.pid
    try:
        stack.start_ingress()
        tenants = stack.tenants(options.tenants)
        command = seen_admission(stack, tenants)
        counts, sizes = [], [options.sessions // 4, options.sessions]
        for size in sizes:
            stack.forget_sessions()
            counts.append(callgrind.counted(lambda: admissions(stack, command, size), f"admission-{size}")[0])
        print("| Redis, AOF `always` | instructions |\n|---|---|")
        print(f"| an admission | {(counts[1] - counts[0]) / (sizes[1] - sizes[0]):,.0f} |", flush=True)
        counts, ended = [], []
        for size in sizes:
            stack.forget_sessions()
            with tempfile.TemporaryDirectory() as directory:
                script = admission_script(directory, tenants)
                while stack.waiting() < size:
                    wrk(f"http://127.0.0.1:{stack.port}/", 1, script)
                    time.sleep(0.5)
            ended.append(stack.waiting())
            counts.append(callgrind.counted(lambda: worked_off(stack, ended[-1]), f"worker-{size}")[0])
        print(f"| a session of a worker | {(counts[1] - counts[0]) / (ended[1] - ended[0]):,.0f} |")
    finally:
        stack.stop()


if __name__ == "__main__":
    main()
