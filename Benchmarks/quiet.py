"""How long a quiet organisation's sessions wait, alone and while another organisation has tens of thousands waiting."""

import tempfile
import time

from bench import admission_script, spread, wrk
from stack import Stack

SESSIONS, PAUSE_SECONDS, FLOOD, SLOTS = 250, 0.02, 50_000, 32


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def waits_ms(stack, key, garment):
    """Starts a worker, submits sessions one after the other; returns the ms from the acceptance of each to its charge."""
    known = stack.sql("SELECT COUNT(*) FROM drape.cart_tryon_sessions WHERE cart_id = 'quiet'")
    stack.start_worker()
    time.sleep(1)
    for _ in range(SESSIONS):
        stack.call(
            "/api/v1/cart-tryons",
            {"customerId": "shopper-42", "cartId": "quiet", "quality": "SD",
             "items": [{"sku": "q", "garmentId": garment, "category": "top"}]}, key=key)
        time.sleep(PAUSE_SECONDS)
    time.sleep(0.5)
    rows = stack.sql(
        "SELECT TIMESTAMPDIFF(MICROSECOND, created_at, started_at) / 1000 FROM drape.cart_tryon_sessions "
        f"WHERE cart_id = 'quiet' ORDER BY id LIMIT {SESSIONS} OFFSET {known}").split()
    if len(rows) < SESSIONS:
        raise SystemExit(f"of {SESSIONS} sessions of the quiet organisation {len(rows)} have begun")
    return [float(row) for row in rows]


def quiet(options):
    """Both waits in one run, because the time of an fsync differs much from run to run."""
    figures = {name: [] for name in ["alone p50", "alone p99", "p50", "p99", "ratio"]}
    for _ in range(options.rounds):
        stack = Stack(more={"DRAPE_WORKER_SLOTS": str(SLOTS)})
        try:
            stack.start_ingress()
            tenants = stack.tenants(2)
            key, garment = tenants[1]
            alone = waits_ms(stack, key, garment)
            stack.worker.kill()
            with tempfile.TemporaryDirectory() as directory:
                script = admission_script(directory, tenants[:1])
                while stack.waiting() < FLOOD:
                    wrk(f"http://127.0.0.1:{stack.port}/", 1, script)
                    time.sleep(0.2)
            flooded = waits_ms(stack, key, garment)
            if stack.waiting() == 0:
                raise SystemExit("the other organisation's sessions have ended too early")
        finally:
            stack.stop()
        for name, value in [
            ("alone p50", percentile(alone, 0.5)), ("alone p99", percentile(alone, 0.99)),
            ("p50", percentile(flooded, 0.5)), ("p99", percentile(flooded, 0.99)),
            ("ratio", percentile(flooded, 0.99) / percentile(alone, 0.99))]:
            figures[name].append(value)
    print(f"| a quiet organisation, no rendering, {SLOTS} slots: ms from acceptance to charge | median (least–most) |\n|---|---|")
    print(f"| alone: p50 | {spread(figures['alone p50'])} |")
    print(f"| alone: p99 | {spread(figures['alone p99'])} |")
    print(f"| another organisation has {FLOOD:,} waiting: p50 | {spread(figures['p50'])} |")
    print(f"| the same: p99 | {spread(figures['p99'])} |")
    print(f"| p99, flooded ÷ alone in the same round | {spread(figures['ratio'], 2)} |\n")
