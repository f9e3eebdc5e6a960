-- Writes a scan and all that belongs to it in one statement, and returns its id; no row if the idempotency key was used.
WITH fresh AS (
    INSERT INTO content_idempotency (asked_by, key, request, scan_id, created_at)
    SELECT %(asked_by)s, %(key)s::text, %(request)s::bytea, %(id)s, %(created_at)s WHERE %(key)s::text IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING 1
), wanted AS (
    SELECT 1 WHERE %(key)s::text IS NULL UNION ALL SELECT 1 FROM fresh
), known AS (
    SELECT id FROM content_item WHERE content_id = %(content_id)s::text
), claimed AS (
    UPDATE content_item SET account_id = %(account_id)s
    WHERE content_id = %(content_id)s::text AND account_id = '' AND %(account_id)s::text <> ''
), made AS (
    INSERT INTO content_item (content_id, account_id, surface, first_seen)
    SELECT %(content_id)s::text, %(account_id)s, %(surface)s, %(created_at)s
    FROM wanted WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT (content_id) DO UPDATE SET content_id = excluded.content_id
    RETURNING id
), item AS (
    SELECT id FROM known UNION ALL SELECT id FROM made
), scan AS (
    INSERT INTO content_scan (
        id, item_id, asked_by, surface, state, verdict, confidence, degraded, error, decision, media, ms, tries,
        created_at, finished_at
    )
    SELECT
        %(id)s, item.id, %(asked_by)s, %(surface)s, %(state)s, %(verdict)s, %(confidence)s, %(degraded)s, %(error)s,
        %(decision)s::jsonb, %(media)s::jsonb, %(ms)s, 0, %(created_at)s, %(finished_at)s::timestamptz
    FROM wanted, item
    RETURNING id
), print AS (
    INSERT INTO content_fingerprint (scan_id, sha256, codes, times, quality)
    SELECT scan.id, %(sha256)s::bytea, %(codes)s::bytea, %(times)s::bytea, %(quality)s::bytea
    FROM scan WHERE %(codes)s::bytea IS NOT NULL
), untallied AS (
    INSERT INTO content_untallied (scan_id) SELECT id FROM scan WHERE %(verdict)s = 'allow'
)
SELECT id FROM scan
