// Verifies a Drape webhook with Node.js, without packages.
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { argv, env, exit } from "node:process";
import { fileURLToPath } from "node:url";

const TOLERANCE_SECONDS = 300;

/** Throws unless the webhook is Drape's and new. `headers` has lower-case names; `body` is a Buffer, as received. */
export function verify(secret, headers, body) {
  const id = headers["webhook-id"] ?? "";
  const timestamp = headers["webhook-timestamp"] ?? "x";
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS)) {
    throw new Error("the webhook is too old, or of the future");
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  if (key.length === 0) throw new Error("there is no secret");
  const expected = createHmac("sha256", key)
    .update(`${id}.${timestamp}.`).update(body).digest();
  // After a rotation of the secret there are two signatures.
  const isValid = (headers["webhook-signature"] ?? "").split(" ").some((given) => {
    const [version, text] = given.split(",");
    const bytes = Buffer.from(text ?? "", "base64");
    return version === "v1" && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
  if (!isValid) throw new Error("no signature matches");
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [id, timestamp, signature] = argv.slice(2);
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
  try {
    verify(env.WEBHOOK_SECRET ?? "", headers, readFileSync(0));
    console.log("valid");
  } catch (error) {
    console.error(`not valid: ${error.message}`);
    exit(1);
  }
}
