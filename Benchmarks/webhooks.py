"""Webhook deliveries of one worker beside an asyncio sender that does the same work, and their latency at a steady rate."""

import json
import subprocess
import tempfile
import threading
import time

from bench import nginx, spread
from processes import ROOT
from stack import Stack

ORGANIZATIONS = 8
BATCH = 100


def send(stack, key, count):
    """Sends events in batches."""
    event = {"type": "order.shipped", "data": {"order": "1001", "lines": [{"sku": "TEE-1", "count": 2}] * 4}}
    while count > 0:
        size = min(BATCH, count)
        stack.call("/api/v1/events/batch", {"events": [event] * size}, key=key)
        count -= size


def prepare(stack, port):
    stack.start_ingress()
    keys = [key for key, _ in stack.tenants(ORGANIZATIONS)]
    for key in keys:
        stack.call(
            "/api/v1/webhooks",
            {"url": f"http://127.0.0.1:{port}/", "events": ["order.*"], "maxConcurrency": 64}, key=key)
    return keys


def fill(stack, port, total):
    """Writes events with their deliveries, which wait in Redis; while they are written their endpoints rest."""
    keys = prepare(stack, port)
    stack.sql("UPDATE drape.webhooks SET max_concurrency = 1, rate_per_second = 1")
    for key in keys:
        send(stack, key, total // ORGANIZATIONS)
    stack.start_worker()
    while stack.metric("drape_client_events_written_total") < total:
        time.sleep(0.1)
    stack.worker.kill()
    stack.worker = None
    stack.sql("UPDATE drape.webhooks SET max_concurrency = 64, rate_per_second = NULL")
    stack.redis_cli(
        "EVAL",
        "for _, p in ipairs({'limits', 'caps', 'paced'}) do for _, k in ipairs(redis.call('KEYS', 'queue:*:webhooks:' .. p)) do"
        " redis.call('DEL', k) end end return 1", "0")


def drape_rate(port, total):
    """Deliveries a second: from Redis to the outcome in MariaDB."""
    stack = Stack(more={"DRAPE_WORKER_ROLES": "webhooks"})
    try:
        fill(stack, port, total)
        stack.start_worker()
        begun, cpu = None, 0
        while (done := stack.metric("drape_deliveries_succeeded_total")) < total * 0.9:
            if begun is None and done > total * 0.05:
                begun, cpu = (time.perf_counter(), done), stack.worker.cpu_seconds()
            time.sleep(0.02)
        rate = (done - begun[1]) / (time.perf_counter() - begun[0])
        new = stack.labelled("drape_webhook_requests_total", 'connection="new"')
        reused = stack.labelled("drape_webhook_requests_total", 'connection="reused"')
        return rate, (stack.worker.cpu_seconds() - cpu) / (done - begun[1]) * 1e6, reused / (new + reused)
    finally:
        stack.stop()


def peer_rate(port, total):
    """The same deliveries by Benchmarks/aiohttp_sender.py, from the same rows."""
    stack = Stack(more={"DRAPE_WORKER_ROLES": "webhooks"})
    try:
        fill(stack, port, total)
        words = ["/usr/bin/python3", ROOT / "Benchmarks/aiohttp_sender.py", f"{stack.directory}/mariadb/mariadb.sock",
                 f"{stack.directory}/redis/redis.sock", f"http://127.0.0.1:{port}/"]
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        result = json.loads(done.stdout)
        return result["rate"], result["cpuMicroseconds"]
    finally:
        stack.stop()


def quantile(buckets, share):
    """The upper bound of the bucket that has this share, in ms."""
    total = buckets[-1][1]
    return next(bound for bound, count in buckets if count >= total * share) * 1e3


def latency(port, rate, seconds):
    """From an event's transaction to its first request, at a steady rate."""
    stack = Stack(more={"DRAPE_WORKER_ROLES": "webhooks"})
    try:
        keys = prepare(stack, port)
        stack.start_worker()
        # Batches of ten, from one thread for each organisation, one after the other.
        pause = 10 * ORGANIZATIONS / rate
        end = time.perf_counter() + seconds

        def drive(key):
            time.sleep(pause * keys.index(key) / len(keys))
            due = time.perf_counter()
            while (now := time.perf_counter()) < end:
                send(stack, key, 10)
                due += pause
                time.sleep(max(0, due - now))

        threads = [threading.Thread(target=drive, args=[key]) for key in keys]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(2)
        buckets = stack.histogram("drape_delivery_wait_seconds")
        return buckets[-1][1] / seconds, quantile(buckets, 0.5), quantile(buckets, 0.99)
    finally:
        stack.stop()


def webhooks(options):
    total = options.sessions
    rates, costs, reuse, peers, peer_costs, waits = [], [], [], [], [], []
    with tempfile.TemporaryDirectory() as directory:
        peer, port = nginx(directory)
        try:
            for _ in range(options.rounds):
                rate, cost, reused = drape_rate(port, total)
                rates.append(rate), costs.append(cost), reuse.append(reused * 100)
                rate, cost = peer_rate(port, total)
                peers.append(rate), peer_costs.append(cost)
                waits.append(latency(port, 1_000, 8))
        finally:
            peer.kill()
    print("| deliveries: read, signed, sent to nginx on this machine, recorded durably | median (least–most) |\n|---|---|")
    print(f"| one worker: a second | {spread(rates, 0)} |")
    print(f"| one worker: CPU µs each | {spread(costs)} |")
    print(f"| one worker: connections reused, % | {spread(reuse, 2)} |")
    print(f"| aiohttp, aiomysql, redis-py, one process: a second | {spread(peers, 0)} |")
    print(f"| aiohttp: CPU µs each | {spread(peer_costs)} |")
    print(f"| Drape ÷ aiohttp | {spread([one / other for one, other in zip(rates, peers)], 2)} |")
    print(f"| events a second in the test of latency | {spread([one[0] for one in waits], 0)} |")
    print(f"| from the event to its request: ms, p50 (bound of a bucket) | {spread([one[1] for one in waits], 0)} |")
    print(f"| from the event to its request: ms, p99 (bound of a bucket) | {spread([one[2] for one in waits], 0)} |\n")
