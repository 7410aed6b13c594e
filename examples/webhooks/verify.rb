# Verifies a Drape webhook with Ruby, without gems.
require "base64"
require "openssl"

TOLERANCE_SECONDS = 300

# Raises unless the webhook is Drape's and new. `headers` has lower-case names; `body` is as received.
def verify(secret, headers, body)
  id, timestamp = headers.fetch("webhook-id"), headers.fetch("webhook-timestamp")
  if (Time.now.to_i - Integer(timestamp)).abs > TOLERANCE_SECONDS
    raise ArgumentError, "the webhook is too old, or of the future"
  end
  digest = OpenSSL::HMAC.digest("SHA256", Base64.decode64(secret), "#{id}.#{timestamp}.".b + body)
  expected = "v1,#{Base64.strict_encode64(digest)}"
  # After a rotation of the secret there are two signatures.
  is_valid = headers.fetch("webhook-signature").split(" ").any? do |given|
    given.bytesize == expected.bytesize && OpenSSL.fixed_length_secure_compare(given, expected)
  end
  raise ArgumentError, "no signature matches" unless is_valid
end

if $PROGRAM_NAME == __FILE__
  names = %w[webhook-id webhook-timestamp webhook-signature]
  begin
    verify(ENV.fetch("WEBHOOK_SECRET"), names.zip(ARGV).to_h, $stdin.binmode.read)
    puts "valid"
  rescue ArgumentError => error
    abort "not valid: #{error.message}"
  end
end
