"""Drape with real stores in a temporary directory, and tenants that can submit."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.request

from processes import ROOT, Server, answers, free_port

BIN = ROOT / ".build/release"


class Stack:
    def __init__(self, loops=1, redis_under=(), bin=BIN, more=None):
        """`redis_under`: words before Redis's command; `bin`: where the daemons are; `more`: their settings."""
        self.bin = bin
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="drape-bench-"))
        self.port = free_port()
        self.env = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.directory),
            "PORT": str(self.port),
            "DRAPE_LOOPS": str(loops),
            "DRAPE_CONNECTIONS_MAX": "20000",
            "REDIS_URL": f"unix://{self.directory}/redis/redis.sock",
            "DATABASE_URL": f"mysql://root@localhost/drape?socket={self.directory}/mariadb/mariadb.sock",
            "JWT_SECRET": "for-benchmarks-only-for-benchmarks-only",
            "DRAPE_SECRET_KEY": "5a" * 32,
            "APP_ENV": "development",
            "DRAPE_RENDERER": "none",
            "DRAPE_WORKER_SLOTS": "1024",
            "DRAPE_LANE_CAP": "100000",
            "DRAPE_SPOOL_DIR": str(self.directory),
            "DRAPE_OBJECTS_DIR": str(self.directory / "objects"),
            "DRAPE_INSTANCE_DIR": str(self.directory),
            "DRAPE_PUBLIC_URL": f"http://localhost:{self.port}",
            "DRAPE_WEBHOOK_ALLOW_HTTP": "1",
            "DRAPE_WEBHOOK_ALLOW_NETS": "127.0.0.0/8",
            **(more or {}),
        }
        for name in ["redis", "mariadb"]:
            (self.directory / name).mkdir()
        self.redis = self.launch("redis", *redis_under, ROOT / "scripts/serve-redis", self.directory / "redis")
        self.mariadb = self.launch("mariadb", ROOT / "scripts/serve-mariadb", self.directory / "mariadb")
        self.redis.wait(lambda: self.redis_cli("PING") == "PONG")
        self.mariadb.wait(lambda: self.sql("SELECT 1") == "1")
        self.sql("CREATE DATABASE drape CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")
        self.drapectl("migrate", "up")
        self.ingress = None
        self.worker = None

    def launch(self, name, *words):
        return Server(words, self.env, self.directory / f"{name}.log")

    def start_ingress(self):
        """Seconds until it is ready."""
        self.ingress = self.launch("ingress", self.bin / "drape-ingress")
        return self.ingress.wait(lambda: answers(self.port))

    def start_worker(self):
        self.worker_port = free_port()
        self.env["DRAPE_WORKER_PORT"] = str(self.worker_port)
        self.worker = self.launch("worker", self.bin / "drape-worker")
        return self.worker.wait(lambda: answers(self.worker_port))

    def drapectl(self, *words):
        return subprocess.run(
            [str(self.bin / "drapectl"), *words], env=self.env, check=True, capture_output=True, text=True).stdout.strip()

    def redis_cli(self, *words):
        return subprocess.run(
            ["redis-cli", "-s", f"{self.directory}/redis/redis.sock", *words], capture_output=True, text=True
        ).stdout.strip()

    def sql(self, statement):
        return subprocess.run(
            ["mariadb", "--no-defaults", "-uroot", "-S", f"{self.directory}/mariadb/mariadb.sock", "-N", "-e", statement],
            capture_output=True, text=True).stdout.strip()

    def call(self, path, body, token=None, key=None, media="application/json"):
        fields = {"Content-Type": media}
        if token:
            fields["Authorization"] = f"Bearer {token}"
        if key:
            fields["X-API-Key"] = key
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers=fields)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def tenants(self, count):
        """Organisations with a key, a customer, a photo and a garment: (key, garment)."""
        token = self.drapectl("token", "--role", "platform_admin")
        person, tee = ((ROOT / "samples" / f"{name}.png").read_bytes() for name in ["person", "tee"])
        made = []
        for _ in range(count):
            organization = self.call(
                "/api/organizations", {"name": "Shop", "billingEmail": "shop@example.com", "plan": "enterprise"}, token)
            path = f"/api/organizations/{organization['id']}"
            self.call(f"{path}/credits", {"amount": 1_000_000_000, "reference": "first"}, token)
            scope = {"name": "bench", "scopes": ["all"], "environment": "live", "rateLimitPerMinute": 600_000}
            key = self.call(f"{path}/api-keys", scope, token)["key"]
            self.call("/api/v1/customers", {"externalId": "shopper-42"}, key=key)
            self.call("/api/v1/customers/shopper-42/photos", person, key=key, media="image/png")
            garment = self.call("/api/v1/garments?category=top", tee, key=key, media="image/png")["id"]
            made.append((key, garment))
        return made

    def limited_key(self):
        """A key that may send one request a minute."""
        token = self.drapectl("token", "--role", "platform_admin")
        organization = self.call(
            "/api/organizations", {"name": "Shop", "billingEmail": "shop@example.com", "plan": "free"}, token)
        scope = {"name": "limited", "scopes": ["all"], "environment": "live", "rateLimitPerMinute": 1}
        return self.call(f"/api/organizations/{organization['id']}/api-keys", scope, token)["key"]

    def metric(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.worker_port}/metrics") as answer:
            total = 0.0
            for line in answer.read().decode().splitlines():
                if line.startswith((name + " ", name + "{")):
                    total += float(line.split()[1])
        return total

    def labelled(self, name, labels):
        """A metric of the worker with these labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.worker_port}/metrics") as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(f"{name}{{{labels}}} "):
                    return float(line.split()[1])
        return 0.0

    def histogram(self, name):
        """The buckets of a histogram of the worker: (bound in seconds, count up to it)."""
        buckets = []
        with urllib.request.urlopen(f"http://127.0.0.1:{self.worker_port}/metrics") as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(f"{name}_bucket{{le="):
                    bound, count = line.split('"')[1], line.split()[1]
                    buckets.append((float(bound.replace("+Inf", "inf")), float(count)))
        return buckets

    def waiting(self):
        """Accepted sessions that are not charged yet: wrk does not count answers that come after its end."""
        return int(self.redis_cli(
            "EVAL",
            "local n = 0 for _, k in ipairs(redis.call('KEYS', 'holds:*')) do n = n + redis.call('HLEN', k) end return n",
            "0"))

    def forget_sessions(self):
        """Empties the queues, so that no lane reaches its bound; rights and references stay."""
        self.redis_cli(
            "EVAL",
            "for _, p in ipairs({'session:*', 'queue:*', 'holds:*'}) do"
            " for _, k in ipairs(redis.call('KEYS', p)) do redis.call('UNLINK', k) end end"
            " for _, k in ipairs(redis.call('KEYS', 'credits:*')) do redis.call('HSET', k, 'held', '0') end return 1",
            "0")
        time.sleep(0.2)

    def stop(self):
        for server in [self.worker, self.ingress]:
            if server:
                server.kill()
        self.redis.kill()
        self.mariadb.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
