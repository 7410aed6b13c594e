<?php
// Verifies a Drape webhook with PHP, without packages.
const TOLERANCE_SECONDS = 300;

/** Throws unless the webhook is Drape's and new. $headers has lower-case names; $body is as received. */
function verify(string $secret, array $headers, string $body): void
{
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > TOLERANCE_SECONDS) {
        throw new RuntimeException('the webhook is too old, or of the future');
    }
    $key = (string) base64_decode(preg_replace('/^whsec_/', '', $secret), true);
    if ($key === '') {
        throw new RuntimeException('there is no secret');
    }
    $digest = hash_hmac('sha256', "$id.$timestamp.$body", $key, true);
    $expected = 'v1,' . base64_encode($digest);
    // After a rotation of the secret there are two signatures.
    foreach (explode(' ', $headers['webhook-signature'] ?? '') as $given) {
        if (hash_equals($expected, $given)) {
            return;
        }
    }
    throw new RuntimeException('no signature matches');
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    $names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
    try {
        verify((string) getenv('WEBHOOK_SECRET'), array_combine($names, array_slice($argv, 1, 3)), stream_get_contents(STDIN));
        echo "valid\n";
    } catch (RuntimeException $error) {
        fwrite(STDERR, "not valid: {$error->getMessage()}\n");
        exit(1);
    }
}
