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
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    is_number = timestamp.isdecimal() and len(timestamp) <= 15
    if not is_number or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise ValueError("the webhook is too old, or of the future")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    if not key:
        raise ValueError("there is no secret")
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    # After a rotation of the secret there are two signatures.
    if not any(hmac.compare_digest(expected, given.encode()) for given in headers.get("webhook-signature", "").split()):
        raise ValueError("no signature matches")


if __name__ == "__main__":
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    try:
        verify(os.environ.get("WEBHOOK_SECRET", ""), dict(zip(names, sys.argv[1:])), sys.stdin.buffer.read())
    except ValueError as error:
        sys.exit(f"not valid: {error}")
    print("valid")
