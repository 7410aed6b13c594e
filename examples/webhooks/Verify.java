import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Verifies a Drape webhook with Java's standard library. */
public final class Verify {
    private static final long TOLERANCE_SECONDS = 300;

    /** Throws unless the webhook is Drape's and new. The body is as received. */
    public static void verify(String secret, String id, String timestamp, String signatures, byte[] body)
            throws GeneralSecurityException {
        boolean isNumber = timestamp.matches("\\d{1,15}");
        if (!isNumber || Math.abs(Instant.now().getEpochSecond() - Long.parseLong(timestamp)) > TOLERANCE_SECONDS) {
            throw new SecurityException("the webhook is too old, or of the future");
        }
        byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
        if (key.length == 0) {
            throw new SecurityException("there is no secret");
        }
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
        byte[] expected = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes(StandardCharsets.UTF_8);
        // After a rotation of the secret there are two signatures.
        for (String given : signatures.split(" ")) {
            if (MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), expected)) {
                return;
            }
        }
        throw new SecurityException("no signature matches");
    }

    public static void main(String[] arguments) throws Exception {
        byte[] body = System.in.readAllBytes();
        try {
            verify(System.getenv().getOrDefault("WEBHOOK_SECRET", ""), arguments[0], arguments[1], arguments[2], body);
        } catch (SecurityException error) {
            System.err.println("not valid: " + error.getMessage());
            System.exit(1);
        }
        System.out.println("valid");
    }
}
