#!/bin/sh
# Verifies a Drape webhook with openssl. For a service use a language that compares in constant time.
# Usage: WEBHOOK_SECRET=… verify.sh ID TIMESTAMP SIGNATURES < BODY
set -euf
id=$1 timestamp=$2 signatures=$3
case $timestamp in
'' | 0* | *[!0-9]* | ????????????*)
    echo "not valid: the timestamp is no number" >&2
    exit 1
    ;;
esac
now=$(date +%s)
age=$((now - timestamp))
if [ "${age#-}" -gt 300 ]; then
    echo "not valid: the webhook is too old, or of the future" >&2
    exit 1
fi
key=$(printf %s "${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
expected="v1,$({ printf %s "$id.$timestamp."; cat; } |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)"
if [ -z "$key" ] || [ ${#expected} -ne 47 ]; then
    echo "not valid: there is no secret" >&2
    exit 1
fi
# After a rotation of the secret there are two signatures.
for given in $signatures; do
    if [ "$given" = "$expected" ]; then
        echo valid
        exit 0
    fi
done
echo "not valid: no signature matches" >&2
exit 1
