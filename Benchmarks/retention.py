"""How long retention holds its locks while sessions are accepted, charged and delivered on all cores."""

import subprocess
import tempfile
import threading
import time

import pymysql

from bench import CONNECTIONS, admission_script, nginx, spread
from stack import Stack

ROWS, TENANTS, LOAD_SECONDS, SLOW_SECONDS = 4_000, 16, 60, 0.05
# Ids that sort before those of today, 26 digits as all ids, and times before any period.
OLD_ID, OLD_TIME = "LPAD(seq, 26, '0')", "'2020-01-01'"
TABLES = {
    "webhook_attempts": {"id": "-seq", "delivery_id": f"CONCAT('dlv_', {OLD_ID})", "started_at": OLD_TIME},
    "webhook_deliveries": {"id": f"CONCAT('dlv_', {OLD_ID})", "event_id": f"CONCAT('evt_', {OLD_ID})"},
    "webhook_events": {"id": f"CONCAT('evt_', {OLD_ID})", "subject_id": f"CONCAT('cts_', {OLD_ID})"},
    "cart_tryon_sessions": {"id": f"CONCAT('cts_', {OLD_ID})"},
    "cart_tryon_items": {
        "id": f"CONCAT('itm_', {OLD_ID})", "session_id": f"CONCAT('cts_', {OLD_ID})", "result_path": "CONCAT('r/', seq)"},
}


def age(stack):
    """Adds old rows that are copies of a row of today."""
    for table, changed in TABLES.items():
        columns = stack.sql(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'drape' "
            f"AND table_name = '{table}' ORDER BY ordinal_position").split()
        values = ", ".join(changed.get(column, f"t.{column}") for column in columns)
        stack.sql(
            f"INSERT INTO drape.{table} ({', '.join(columns)}) SELECT {values} FROM "
            f"(SELECT * FROM drape.{table} LIMIT 1) t, drape.seq_1_to_{ROWS}")
        count = int(stack.sql(f"SELECT COUNT(*) FROM drape.{table}"))
        if count < ROWS:
            raise SystemExit(f"{table} has {count} rows")


class Control:
    """Deletes 16 rows at a time of a table that nobody else uses: how long the machine lets any such statement take."""

    def __init__(self, stack):
        stack.sql("CREATE OR REPLACE TABLE drape.control (id BIGINT PRIMARY KEY)")
        stack.sql("INSERT INTO drape.control SELECT seq FROM drape.seq_1_to_200000")
        self.connection = pymysql.connect(
            unix_socket=f"{stack.directory}/mariadb/mariadb.sock", user="root", database="drape")
        self.seconds, self.is_over = [], False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        cursor, first = self.connection.cursor(), 1
        while not self.is_over and first < 200_000:
            begun = time.perf_counter()
            cursor.execute("DELETE FROM control WHERE id BETWEEN %s AND %s", (first, first + 15))
            self.seconds.append(time.perf_counter() - begun)
            self.connection.commit()
            first += 16
            time.sleep(0.02)

    def stop(self):
        self.is_over = True
        self.thread.join()
        self.connection.close()
        return self.seconds


def retention(options):
    """Old rows of each kind are deleted beside accepted sessions, each with a webhook."""
    figures = {name: [] for name in ["rows", "transactions", "slow", "control", "slow control", "sessions"]}
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as directory:
            server, port = nginx(directory)
            stack = Stack()
            try:
                stack.start_ingress()
                tenants = stack.tenants(TENANTS)
                for key, _ in tenants:
                    hook = {"url": f"http://127.0.0.1:{port}/", "events": ["tryon.*"], "maxConcurrency": 64}
                    stack.call("/api/v1/webhooks", hook, key=key)
                script = admission_script(directory, tenants)
                url = f"http://127.0.0.1:{stack.port}/"

                def load(seconds):
                    subprocess.run(
                        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), url],
                        check=True, capture_output=True)

                # The first sessions are the pattern of the old ones.
                stack.start_worker()
                load(1)
                stack.worker.kill()
                age(stack)
                # The lease of the worker that was killed.
                stack.redis_cli("DEL", "lease:retention")
                stack.start_worker()
                begun, control = stack.metric("drape_sessions_ended_total"), Control(stack)
                load(LOAD_SECONDS)
                seconds = control.stop()
                figures["control"].append(len(seconds))
                figures["slow control"].append(sum(second > SLOW_SECONDS for second in seconds))
                buckets = dict(stack.histogram("drape_retention_lock_seconds"))
                total = buckets[float("inf")]
                for kind in ["attempt", "delivery", "event", "result", "session"]:
                    deleted = stack.labelled("drape_retention_deleted_total", f'kind="{kind}"')
                    if deleted < ROWS:
                        raise SystemExit(f"of {ROWS} old rows of the kind {kind} {deleted:.0f} are deleted")
                figures["transactions"].append(total)
                figures["rows"].append(stack.metric("drape_retention_deleted_total"))
                figures["slow"].append(total - buckets[SLOW_SECONDS])
                figures["sessions"].append(
                    (stack.metric("drape_sessions_ended_total") - begun) / LOAD_SECONDS)
            finally:
                stack.stop()
                server.kill()
    print("| retention beside sessions with a webhook each, on all cores | median (least–most) |\n|---|---|")
    print(f"| rows deleted in {LOAD_SECONDS} s | {spread(figures['rows'], 0)} |")
    print(f"| transactions | {spread(figures['transactions'], 0)} |")
    print(f"| of these with locks for more than 50 ms | {spread(figures['slow'], 0)} |")
    print(f"| deletions from a table that nobody else uses | {spread(figures['control'], 0)} |")
    print(f"| of these longer than 50 ms | {spread(figures['slow control'], 0)} |")
    print(f"| sessions a second meanwhile | {spread(figures['sessions'], 0)} |\n")
