"""Processes of a benchmark: started in a directory of their own, watched through /proc, stopped at the end."""

import os
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One process; `kill` ends it at once."""

    def __init__(self, words, env, log):
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [str(word) for word in words], env=env, stdout=open(log, "ab"), stderr=subprocess.STDOUT)
        self.log = log

    @property
    def pid(self):
        return self.process.pid

    def wait(self, is_ready):
        """Seconds from the start until it is ready."""
        while not is_ready():
            if self.process.poll() is not None:
                raise SystemExit(f"a process ended early:\n{pathlib.Path(self.log).read_text()[-2000:]}")
            time.sleep(0.0005)
        return time.perf_counter() - self.started

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def anonymous_bytes(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
        return 0

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait()

    def kill(self):
        self.stop(signal.SIGKILL)


def answers(port, path="/health/ready"):
    """Whether a GET is answered with 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            return client.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
