import Testing

@testable import Ingress

@Suite("The text of an API key")
struct APIKeySecretTests {
    @Test("an API key is read back, and one with any character changed is not")
    func apiKeys() {
        let secret = APIKeySecret(environment: .live)
        #expect(secret.text.hasPrefix("drape_live_"))
        #expect(secret.text.utf8.count == 58)
        #expect(APIKeySecret(secret.text)?.hash == secret.hash)
        let characters = Array(secret.text)
        for index in characters.indices {
            var changed = characters
            changed[index] = changed[index] == "a" ? "b" : "a"
            #expect(APIKeySecret(String(changed)) == nil, "\(index)")
        }
        #expect(APIKeySecret("") == nil)
        #expect(APIKeySecret(secret.text + "a") == nil)
    }
}
