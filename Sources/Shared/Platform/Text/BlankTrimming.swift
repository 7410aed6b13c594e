extension Substring {
    /// The text without spaces and tabs at both ends.
    package func trimmingBlanks() -> Substring {
        var rest = self
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return rest
    }
}
