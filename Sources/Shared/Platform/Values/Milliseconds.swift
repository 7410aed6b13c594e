extension Duration {
    /// This duration in whole milliseconds.
    package func milliseconds(rounded rule: FloatingPointRoundingRule = .toNearestOrAwayFromZero) -> Int64 {
        let (seconds, attoseconds) = components
        let (whole, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        let extra: Int64
        switch rule {
        case .up: extra = rest > 0 ? 1 : 0
        case .down: extra = rest < 0 ? -1 : 0
        default: extra = rest >= 500_000_000_000_000 ? 1 : 0
        }
        return seconds * 1_000 + whole + extra
    }

    /// This duration in seconds, for metrics.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
