"""What a team would write instead: an asyncio process that delivers webhooks with aiohttp, aiomysql and redis-py.

It does the same work as one worker: claims ids from Redis lists, reads the rows, signs, posts with connections that are kept, and
records each attempt and its outcome in durable transactions of up to 64. It has no leases, fairness, limits or circuit breaker.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import time

import aiohttp
import aiomysql
import redis.asyncio

SECRET = base64.b64decode("5a" * 32)
AT_ONCE = 256
GROUP = 64


async def main(database, queue, url):
    store = redis.asyncio.Redis(unix_socket_path=queue)
    pool = await aiomysql.create_pool(unix_socket=database, user="root", db="drape", minsize=4, maxsize=8)
    lanes = [key async for key in store.scan_iter("queue:*:webhooks:lane:*")]
    total = sum([await store.llen(lane) for lane in lanes])
    finished, records = 0, asyncio.Queue()

    async def record():
        nonlocal finished
        while finished < total:
            group = [await records.get()]
            while len(group) < GROUP and not records.empty():
                group.append(records.get_nowait())
            async with pool.acquire() as connection, connection.cursor() as cursor:
                await connection.begin()
                await cursor.executemany(
                    "UPDATE webhook_deliveries SET status = 'delivered', attempts = 1, delivered_at = NOW(3), next_attempt_at ="
                    " NULL, last_status_code = %s WHERE id = %s AND status = 'pending'", [(one[1], one[0]) for one in group])
                await cursor.executemany(
                    "INSERT INTO webhook_attempts (delivery_id, attempt, status_code, response, duration_ms, started_at)"
                    " VALUES (%s, 1, %s, %s, %s, NOW(3))", [(one[0], one[1], one[2], one[3]) for one in group])
                await connection.commit()
            await store.delete(*[f"delivery:done:{one[0]}" for one in group])
            finished += len(group)

    async def load(ids):
        marks = ",".join(["%s"] * len(ids))
        async with pool.acquire() as connection, connection.cursor() as cursor:
            await cursor.execute(
                "SELECT d.id, d.event_id, e.type, e.body FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id"
                f" WHERE d.id IN ({marks}) AND d.status = 'pending'", ids)
            return await cursor.fetchall()

    async def deliver(session, row):
        delivery, event, kind, body = row
        now = str(int(time.time()))
        code = hmac.new(SECRET, f"{event}.{now}.".encode() + body, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json", "webhook-id": event, "webhook-timestamp": now,
            "webhook-signature": "v1," + base64.b64encode(code).decode(), "X-Webhook-Event": kind,
            "X-Webhook-Delivery-Id": delivery, "X-Webhook-Attempt": "1",
            "X-Webhook-Signature": "sha256=" + hmac.new(b"5a" * 32, body, hashlib.sha256).hexdigest(),
        }
        begun = time.perf_counter()
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            text = await answer.content.read(16_384)
        await records.put((delivery, answer.status, text, int((time.perf_counter() - begun) * 1_000)))

    slots = asyncio.Semaphore(AT_ONCE)
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    begun, cpu = time.perf_counter(), time.process_time()
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=15)) as session:
        recorders = [asyncio.create_task(record()) for _ in range(2)]
        running = set()

        async def one(row):
            try:
                await deliver(session, row)
            finally:
                slots.release()

        while lanes:
            for lane in list(lanes):
                ids = await store.rpop(lane, 32)
                if not ids:
                    lanes.remove(lane)
                    continue
                for row in await load([name.decode() for name in ids]):
                    await slots.acquire()
                    task = asyncio.create_task(one(row))
                    running.add(task)
                    task.add_done_callback(running.discard)
        await asyncio.gather(*running)
        while finished < total:
            await asyncio.sleep(0.005)
        for task in recorders:
            task.cancel()
    seconds = time.perf_counter() - begun
    print(json.dumps({"rate": total / seconds, "cpuMicroseconds": (time.process_time() - cpu) / total * 1e6}))


try:
    import uvloop

    uvloop.install()
except ImportError:
    pass
asyncio.run(main(*sys.argv[1:]))
