extension Migration {
    /// Faces of photographs, which files a picture has, renderers of organisations, and predictions of hosted models.
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
            """
            ALTER TABLE organizations
                ADD COLUMN IF NOT EXISTS renderer VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL
            """,
            """
            ALTER TABLE cart_tryon_items
                ADD COLUMN IF NOT EXISTS prediction_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL
            """,
        ],
        down: [
            "ALTER TABLE cart_tryon_items DROP COLUMN IF EXISTS prediction_id",
            "ALTER TABLE organizations DROP COLUMN IF EXISTS renderer",
            "ALTER TABLE garments DROP COLUMN IF EXISTS has_small",
            """
            ALTER TABLE photos
                DROP COLUMN IF EXISTS has_renditions, DROP COLUMN IF EXISTS face_x, DROP COLUMN IF EXISTS face_y,
                DROP COLUMN IF EXISTS face_width, DROP COLUMN IF EXISTS face_height,
                DROP COLUMN IF EXISTS face_confidence
            """,
        ])
}
