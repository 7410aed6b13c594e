"""Measures Drape beside its peers and prints Markdown tables: medians, with the least and the most of all rounds."""

import argparse
import json
import os
import pathlib
import re
import resource
import socket
import statistics
import subprocess
import tempfile
import time

from processes import ROOT, Server, answers, free_port
from stack import Stack

CONNECTIONS = 64


def spread(values, digits=1):
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def wrk(url, seconds, script=None):
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"] + (["-s", str(script)] if script else []) + [url]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    requests = int(re.search(r"(\d+) requests in", text)[1])
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    if failed:
        raise SystemExit(f"{failed[1]} of {requests} requests to {url} were refused")
    return requests


def costs(servers, work):
    """What `work` returns, and the CPU seconds that each server spent on it."""
    before = [server.cpu_seconds() for server in servers]
    started = time.perf_counter()
    result = work()
    elapsed = time.perf_counter() - started
    return result, elapsed, [server.cpu_seconds() - old for server, old in zip(servers, before)]


def nginx(directory):
    port = free_port()
    configuration = pathlib.Path(directory) / "nginx.conf"
    configuration.write_text(
        f"""worker_processes 1; daemon off; master_process off; pid {directory}/nginx.pid; error_log {directory}/nginx.err;
        events {{ worker_connections 4096; }}
        http {{ access_log off; keepalive_requests 100000000;
          server {{ listen 127.0.0.1:{port}; location / {{ default_type application/json;
            return 201 '{{"id":"cts_06f0000000000000000000000","status":"queued","creditsHeld":1}}'; }} }} }}""")
    server = Server(["nginx", "-c", configuration, "-p", directory], os.environ, f"{directory}/nginx.log")
    server.wait(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
    return server, port


def admission_script(directory, tenants):
    """A script for wrk: each request submits a session of one item for the next tenant."""
    rows = []
    for key, garment in tenants:
        body = json.dumps(
            {"customerId": "shopper-42", "cartId": "cart-1001", "quality": "SD",
             "items": [{"sku": "TEE-1", "garmentId": garment, "category": "top"}], "metadata": {"source": "web"}})
        rows.append(f"  {{ '{key}', '{body}' }},")
    path = pathlib.Path(directory) / "admit.lua"
    path.write_text(
        "local tenants = {\n" + "\n".join(rows) + "\n}\nlocal requests, n = {}, 0\n"
        "init = function()\n  for i, t in ipairs(tenants) do\n    requests[i] = wrk.format('POST', '/api/v1/cart-tryons',"
        " { ['X-API-Key'] = t[1], ['Content-Type'] = 'application/json' }, t[2])\n  end\nend\n"
        "request = function() n = n + 1 return requests[n % #requests + 1] end\n")
    return path


def seen_admission(stack, tenants):
    """The command that the ingress sends to Redis for an admission, as redis-benchmark can repeat it."""
    monitor = subprocess.Popen(
        ["redis-cli", "-s", f"{stack.directory}/redis/redis.sock", "MONITOR"], stdout=subprocess.PIPE, text=True)
    monitor.stdout.readline()
    key, garment = tenants[0]
    stack.call(
        "/api/v1/cart-tryons",
        {"customerId": "shopper-42", "cartId": "cart-1001", "quality": "SD",
         "items": [{"sku": "TEE-1", "garmentId": garment, "category": "top"}], "metadata": {"source": "web"}}, key=key)
    for line in monitor.stdout:
        if '"EVALSHA"' in line.upper() and "cts_" in line:
            monitor.kill()
            words = [bytes(word, "utf-8").decode("unicode_escape") for word in re.findall(r'"((?:[^"\\]|\\.)*)"', line)]
            id = next(re.search(r"cts_\w+", word)[0] for word in words if "cts_" in word)
            return [word.replace(id, id[:-12] + "__rand_int__") for word in words]
    raise SystemExit("the ingress sent no admission")


def ingress(options):
    """CPU a request beside nginx, and admissions a second beside redis-benchmark with the very same script."""
    figures = {name: [] for name in ["nginx", "health", "admission", "redis", "rate", "peer", "peer redis"]}
    with tempfile.TemporaryDirectory() as directory:
        peer, port = nginx(directory)
        stack = Stack()
        try:
            stack.start_ingress()
            tenants = stack.tenants(16)
            script = admission_script(directory, tenants)
            url = f"http://127.0.0.1:{stack.port}"
            command = seen_admission(stack, tenants)
            for round in range(options.rounds + 1):
                count, _, (cpu,) = costs([peer], lambda: wrk(f"http://127.0.0.1:{port}/", options.seconds))
                nginx_us = cpu / count * 1e6
                count, _, (cpu,) = costs([stack.ingress], lambda: wrk(f"{url}/health/live", options.seconds))
                health_us = cpu / count * 1e6
                stack.forget_sessions()
                count, elapsed, (cpu, redis_cpu) = costs(
                    [stack.ingress, stack.redis], lambda: wrk(f"{url}/", options.seconds, script))
                stack.forget_sessions()
                total = 60_000
                _, peer_elapsed, (peer_cpu,) = costs(
                    [stack.redis],
                    lambda: subprocess.run(
                        ["redis-benchmark", "-s", f"{stack.directory}/redis/redis.sock", "-c", str(CONNECTIONS), "-n",
                         str(total), "-r", "1000000000", "-q", *command], check=True, capture_output=True))
                if stack.redis_cli("KEYS", "session:*").count("\n") < total * 0.9:
                    raise SystemExit("redis-benchmark's admissions were refused")
                if round == 0:
                    continue  # to warm up
                for name, value in [
                    ("nginx", nginx_us), ("health", health_us), ("admission", cpu / count * 1e6),
                    ("redis", redis_cpu / count * 1e6), ("rate", count / elapsed), ("peer", total / peer_elapsed),
                    ("peer redis", peer_cpu / total * 1e6)]:
                    figures[name].append(value)
        finally:
            stack.stop()
            peer.kill()
    ratio = [a / b for a, b in zip(figures["admission"], figures["nginx"])]
    rates = [a / b for a, b in zip(figures["rate"], figures["peer"])]
    print("| ingress, one loop, 64 connections | median (least–most) |\n|---|---|")
    print(f"| nginx, `return 201`: CPU µs a request | {spread(figures['nginx'])} |")
    print(f"| GET /health/live: CPU µs a request | {spread(figures['health'])} |")
    print(f"| POST /api/v1/cart-tryons: CPU µs a request | {spread(figures['admission'])} |")
    print(f"| admission ÷ nginx | {spread(ratio, 2)} |")
    print(f"| admissions a second (wrk, ingress and Redis share the cores) | {spread(figures['rate'], 0)} |")
    print(f"| redis-benchmark, the same script, 64 clients: a second | {spread(figures['peer'], 0)} |")
    print(f"| Drape ÷ redis-benchmark | {spread(rates, 2)} |")
    print(f"| Redis's CPU µs an admission: through Drape | {spread(figures['redis'])} |")
    print(f"| Redis's CPU µs an admission: redis-benchmark | {spread(figures['peer redis'])} |\n")


def sessions(options):
    """Sessions from claim to acknowledge with durable stores and no rendering, and what a session takes in Redis."""
    rates, cpu_us, waiting_bytes, left_bytes = [], [], [], []
    total = options.sessions
    for _ in range(options.rounds):
        stack = Stack(loops=2)
        try:
            stack.start_ingress()
            tenants = stack.tenants(16)
            with tempfile.TemporaryDirectory() as directory:
                script = admission_script(directory, tenants)
                before = memory(stack)
                while (count := stack.waiting()) < total:
                    wrk(f"http://127.0.0.1:{stack.port}/", 1, script)
                    time.sleep(0.2)
            waiting_bytes.append((memory(stack) - before) / count)
            stack.ingress.kill()
            stack.ingress = None
            stack.start_worker()
            begun, cpu = None, 0
            while (done := stack.metric("drape_sessions_ended_total")) < count * 0.95:
                if begun is None and done > count * 0.05:
                    begun, cpu = (time.perf_counter(), done), stack.worker.cpu_seconds()
                time.sleep(0.1)
            rates.append((done - begun[1]) / (time.perf_counter() - begun[0]))
            cpu_us.append((stack.worker.cpu_seconds() - cpu) / (done - begun[1]) * 1e6)
            while stack.metric("drape_sessions_ended_total") < count:
                time.sleep(0.05)
            if stack.sql("SELECT COUNT(*), SUM(amount) FROM drape.credit_ledger WHERE kind = 'charge'") != f"{count}\t-{count}":
                raise SystemExit("the ledger is wrong")
            left_bytes.append((memory(stack) - before) / count)
        finally:
            stack.stop()
    print("| worker, one with 1,024 slots, no rendering, fsync at each commit, AOF always | median (least–most) |\n|---|---|")
    print(f"| sessions a second, claim to acknowledge | {spread(rates, 0)} |")
    print(f"| worker's CPU µs a session | {spread(cpu_us)} |")
    print(f"| Redis bytes a waiting session | {spread(waiting_bytes, 0)} |")
    print(f"| Redis bytes a session that has ended | {spread(left_bytes, 0)} |\n")


def memory(stack):
    return int(re.search(r"used_memory:(\d+)", stack.redis_cli("INFO", "memory"))[1])


def deliveries(options):
    """Signed and recorded deliveries to an endpoint that answers at once."""
    rates, cpu_us = [], []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as directory:
            peer, port = nginx(directory)
            stack = Stack(loops=2)
            try:
                stack.start_ingress()
                tenants = stack.tenants(8)
                for key, _ in tenants:
                    stack.call("/api/v1/webhooks", {"url": f"http://127.0.0.1:{port}/", "events": ["tryon.completed"]}, key=key)
                script = admission_script(directory, tenants)
                while (count := stack.waiting()) < options.sessions / 2:
                    wrk(f"http://127.0.0.1:{stack.port}/", 1, script)
                    time.sleep(0.2)
                stack.start_worker()
                begun, cpu = None, 0
                while (done := stack.metric("drape_deliveries_succeeded_total")) < count * 0.95:
                    if begun is None and done > count * 0.3:
                        begun, cpu = (time.perf_counter(), done), stack.worker.cpu_seconds()
                    time.sleep(0.1)
                rates.append((done - begun[1]) / (time.perf_counter() - begun[0]))
                cpu_us.append((stack.worker.cpu_seconds() - cpu) / (done - begun[1]) * 1e6)
            finally:
                stack.stop()
                peer.kill()
    print("| webhooks, one worker that also charges, nginx as the endpoint | median (least–most) |\n|---|---|")
    print(f"| deliveries a second, signed and recorded | {spread(rates, 0)} |")
    print(f"| worker's CPU µs a session with its delivery | {spread(cpu_us)} |\n")


def idle(options):
    """Start to ready, and memory at rest and under idle connections."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    starts = {"ingress": [], "worker": []}
    bytes = {"ingress": [], "worker": [], "connection": []}
    stack = Stack()
    try:
        for _ in range(options.rounds * 2):
            starts["ingress"].append(stack.start_ingress() * 1e3)
            starts["worker"].append(stack.start_worker() * 1e3)
            time.sleep(0.5)
            bytes["ingress"].append(stack.ingress.anonymous_bytes() / 1e6)
            bytes["worker"].append(stack.worker.anonymous_bytes() / 1e6)
            before, count = stack.ingress.anonymous_bytes(), 5_000
            clients = [socket.create_connection(("127.0.0.1", stack.port)) for _ in range(count)]
            time.sleep(0.5)
            bytes["connection"].append((stack.ingress.anonymous_bytes() - before) / count)
            for client in clients:
                client.close()
            stack.ingress.kill()
            stack.worker.kill()
    finally:
        stack.stop()
    print("| at rest | median (least–most) |\n|---|---|")
    print(f"| ingress: ms from start to ready | {spread(starts['ingress'], 0)} |")
    print(f"| worker: ms from start to ready | {spread(starts['worker'], 0)} |")
    print(f"| ingress: anonymous MB | {spread(bytes['ingress'])} |")
    print(f"| worker: anonymous MB | {spread(bytes['worker'])} |")
    print(f"| ingress: anonymous bytes an idle connection (5,000) | {spread(bytes['connection'], 0)} |\n")


def idle_scripts(options):
    """The scripts that idle workers run in Redis, each a call from one of them."""
    figures = {1: [], 20: []}
    for _ in range(options.rounds):
        stack, workers = Stack(), []
        try:
            for count in figures:
                while len(workers) < count:
                    stack.start_worker()
                    workers.append(stack.worker)
                # The first round of ticks, and the first claims, are over.
                time.sleep(10)
                stack.redis_cli("CONFIG", "RESETSTAT")
                time.sleep(30)
                calls = re.search(r"cmdstat_evalsha:calls=(\d+)", stack.redis_cli("INFO", "commandstats"))
                figures[count].append(int(calls[1]) / 30 / count)
        finally:
            for worker in workers:
                worker.kill()
            stack.stop()
    print("| scripts a second of a worker that has no work | median (least–most) |\n|---|---|")
    for count, rates in figures.items():
        print(f"| {'one, which also reconciles' if count == 1 else f'each of {count}'} | {spread(rates, 2)} |")
    print()


def main():
    # Imported here, because it imports this module.
    from pictures import pictures
    from quiet import quiet
    from retention import retention
    from webhooks import webhooks

    parts = {
        "ingress": ingress, "sessions": sessions, "deliveries": deliveries, "webhooks": webhooks, "pictures": pictures,
        "quiet": quiet, "retention": retention, "idle": idle, "idle-scripts": idle_scripts}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of each run of wrk")
    parser.add_argument("--sessions", type=int, default=20_000)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(parts))
    options = parser.parse_args()
    unknown = set(options.names) - set(parts)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    cores, load = os.cpu_count(), os.getloadavg()[0]
    print(f"{cores} cores, load {load:.1f} before, {options.rounds} rounds.\n")
    for name in options.names or parts:
        parts[name](options)


if __name__ == "__main__":
    main()
