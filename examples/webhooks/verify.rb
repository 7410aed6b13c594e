# Verifies a Drape webhook with Ruby, without gems.
require "base64"
require "openssl"

TOLERANCE_SECONDS = 300

# Raises unless the webhook is Drape's and new. `headers` has lower-case names; `body` is as received.
def verify(secret, headers, body)
  id, timestamp = headers["webhook-id"].to_s, headers["webhook-timestamp"].to_s
  if !timestamp.match?(/\A\d+\z/) || (Time.now.to_i - timestamp.to_i).abs > TOLERANCE_SECONDS
    raise ArgumentError, "the webhook is too old, or of the future"
  end
  key = Base64.decode64(secret.delete_prefix("whsec_"))
  raise ArgumentError, "there is no secret" if key.empty?
  digest = OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{timestamp}.".b + body)
  expected = "v1,#{Base64.strict_encode64(digest)}"
  # After a rotation of the secret there are two signatures.
  is_valid = headers["webhook-signature"].to_s.split(" ").any? do |given|
    given.bytesize == expected.bytesize && OpenSSL.fixed_length_secure_compare(given, expected)
  end
  raise ArgumentError, "no signature matches" unless is_valid
end

if $PROGRAM_NAME == __FILE__
  names = %w[webhook-id webhook-timestamp webhook-signature]
  begin
    verify(ENV.fetch("WEBHOOK_SECRET", ""), names.zip(ARGV).to_h, $stdin.binmode.read)
    puts "valid"
  rescue ArgumentError => error
    abort "not valid: #{error.message}"
  end
end
