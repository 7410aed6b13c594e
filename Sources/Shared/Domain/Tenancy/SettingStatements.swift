/// Statements on what the whole installation agrees on.
enum SettingStatements {
    static let shardCount = "SELECT value FROM drape_settings WHERE name = 'shardCount'"
}
