/// Statements on the settings of the whole installation.
enum SettingStatements {
    static let shardCount = "SELECT value FROM drape_settings WHERE name = 'shardCount'"
}
