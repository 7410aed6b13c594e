/// Statements that read the settings of the database server.
enum StoreStatements {
    static let variables = """
        SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit', 'innodb_doublewrite', 'read_only',
            'log_bin', 'sync_binlog', 'max_connections', 'max_prepared_stmt_count', 'max_allowed_packet')
        """
    /// What a session of this process has; it sets them itself.
    static let session = "SHOW SESSION VARIABLES WHERE Variable_name IN ('sql_mode', 'time_zone')"
    static let now = "SELECT NOW(3) AS now"
    static let status = """
        SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Prepared_stmt_count')
        """
}
