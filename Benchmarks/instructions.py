"""Counts user-mode instructions and heap allocations a request of the ingress, under valgrind's callgrind.

Unlike time, they are nearly the same on every machine. A count is the difference of two runs of different length, so
that what a run costs besides its requests (timers, health checks) does not show.
"""

import argparse
import json
import pathlib
import re
import socket
import subprocess

from callgrind import Callgrind
from processes import answers
from stack import BIN, Stack

CONNECTIONS = 64


class Client:
    """Keep-alive connections that each send one request and wait for its answer, all at the same time.

    Each has an address of its own, because failed authentications are limited by address.
    """

    def __init__(self, port):
        self.sockets = [
            socket.create_connection(("127.0.0.1", port), source_address=(f"127.0.1.{1 + index}", 0))
            for index in range(CONNECTIONS)]

    def round(self, requests, status):
        for client, request in zip(self.sockets, requests):
            client.sendall(request)
        for client in self.sockets:
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += client.recv(65536)
            head, rest = answer.split(b"\r\n\r\n", 1)
            length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
            while len(rest) < length:
                rest += client.recv(65536)
            if head.split()[1] != str(status).encode():
                raise SystemExit(f"expected {status}:\n{answer.decode()}")


def under_callgrind(stack, bin, keep):
    """The ingress, started under callgrind."""
    callgrind = Callgrind(keep)
    stack.env["SWIFT_DETERMINISTIC_HASHING"] = "1"
    # Valgrind does not read Swift's debug information; the symbols are enough.
    program = pathlib.Path(callgrind.directory, "drape-ingress")
    subprocess.run(["strip", "--strip-debug", "-o", program, bin / "drape-ingress"], check=True)
    stack.ingress = stack.launch("ingress", *callgrind.words, program)
    callgrind.pid = stack.ingress.pid
    stack.ingress.wait(lambda: answers(stack.port))
    return callgrind


def request(line, fields=(), body=""):
    lines = [line, "Host: 127.0.0.1", *fields] + ([f"Content-Length: {len(body)}"] if body else [])
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def scenarios(stack):
    """Name, requests for the connections, expected status."""
    tenants = stack.tenants(16)

    def admission(key, garment):
        body = json.dumps(
            {"customerId": "shopper-42", "cartId": "cart-1001", "quality": "SD",
             "items": [{"sku": "TEE-1", "garmentId": garment, "category": "top"}], "metadata": {"source": "web"}})
        fields = ["Content-Type: application/json"] + ([f"X-API-Key: {key}"] if key else [])
        return request("POST /api/v1/cart-tryons HTTP/1.1", fields, body)

    admissions = [admission(*tenants[index % len(tenants)]) for index in range(CONNECTIONS)]
    limited = stack.limited_key()
    return [
        ("GET /health/live, 200", [request("GET /health/live HTTP/1.1")] * CONNECTIONS, 200),
        ("POST /api/v1/cart-tryons, 201", admissions, 201),
        ("the same without a key, 401", [admission(None, tenants[0][1])] * CONNECTIONS, 401),
        ("the same with a key over its rate limit, 429", [admission(limited, tenants[0][1])] * CONNECTIONS, 429),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="of 64 requests; the short run has a quarter of them")
    parser.add_argument("--bin", type=pathlib.Path, default=BIN, help="where drape-ingress is")
    parser.add_argument("--keep", help="a directory for callgrind's files")
    options = parser.parse_args()
    stack = Stack()
    try:
        stack.start_ingress()
        table = scenarios(stack)
        stack.ingress.kill()
        callgrind = under_callgrind(stack, options.bin, options.keep)
        client = Client(stack.port)
        print("| request | instructions | allocations |\n|---|---|---|")
        for name, requests, status in table:
            def rounds(count):
                for _ in range(count):
                    client.round(requests, status)

            try:
                rounds(1)
            except SystemExit:
                client = Client(stack.port)  # a key reaches its limit within the first round
            rounds(9)
            counts = []
            for count in [options.rounds // 4, options.rounds]:
                counts.append(callgrind.counted(lambda: rounds(count), f"{status}-{count}"))
            difference = (options.rounds - options.rounds // 4) * CONNECTIONS
            instructions, allocations = ((long - short) / difference for short, long in zip(*counts))
            print(f"| {name} | {instructions:,.0f} | {allocations:.1f} |", flush=True)
    finally:
        stack.stop()


if __name__ == "__main__":
    main()
