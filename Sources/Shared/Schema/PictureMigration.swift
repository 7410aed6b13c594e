extension Migration {
    /// Faces of photographs, and which files a picture has.
    static let pictures = Migration(
        number: 10, name: "pictures",
        up: [
            """
            ALTER TABLE photos
                ADD COLUMN IF NOT EXISTS has_renditions TINYINT NOT NULL DEFAULT 0,
                ADD COLUMN IF NOT EXISTS face_x INT NULL,
                ADD COLUMN IF NOT EXISTS face_y INT NULL,
                ADD COLUMN IF NOT EXISTS face_width INT NULL,
                ADD COLUMN IF NOT EXISTS face_height INT NULL,
                ADD COLUMN IF NOT EXISTS face_confidence DOUBLE NULL
            """,
            "ALTER TABLE garments ADD COLUMN IF NOT EXISTS has_small TINYINT NOT NULL DEFAULT 0",
        ],
        down: [
            "ALTER TABLE garments DROP COLUMN IF EXISTS has_small",
            """
            ALTER TABLE photos
                DROP COLUMN IF EXISTS has_renditions, DROP COLUMN IF EXISTS face_x, DROP COLUMN IF EXISTS face_y,
                DROP COLUMN IF EXISTS face_width, DROP COLUMN IF EXISTS face_height,
                DROP COLUMN IF EXISTS face_confidence
            """,
        ])
}
