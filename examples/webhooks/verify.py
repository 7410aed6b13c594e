"""Verifies a Drape webhook. The same bytes are verified by the packages `standardwebhooks` and `svix`."""
import base64
import hashlib
import hmac
import os
import sys
import time

TOLERANCE_SECONDS = 300


def verify(secret: str, headers: dict, body: bytes) -> None:
    """Raises ValueError unless the webhook is Drape's and new. `headers` has lower-case names; `body` is as received."""
    message_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise ValueError("the webhook is too old, or of the future")
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(base64.b64decode(secret), signed, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    # After a rotation of the secret there are two signatures.
    if not any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split()):
        raise ValueError("no signature matches")


if __name__ == "__main__":
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    try:
        verify(os.environ["WEBHOOK_SECRET"], dict(zip(names, sys.argv[1:])), sys.stdin.buffer.read())
    except ValueError as error:
        sys.exit(f"not valid: {error}")
    print("valid")
