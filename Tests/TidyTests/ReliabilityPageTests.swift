import Testing

/// The page of guards names tests by their sentences.
@Suite("The page of guards")
struct ReliabilityPageTests {
    @Test("every test that the page names is in the file that the page names")
    func tests() throws {
        var count = 0
        for match in try DocumentTests.text("docs/reliability.md").matches(of: #/`(Tests\/[\w\/]+\.swift)`: “([^”]+)”/#)
        {
            count += 1
            let source = try DocumentTests.text(String(match.output.1))
            #expect(source.contains("\"\(match.output.2)\""), "\(match.output.2) in \(match.output.1)")
        }
        #expect(count > 50)
    }
}
