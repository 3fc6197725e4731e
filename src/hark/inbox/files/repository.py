"""SQL of stored files."""

from __future__ import annotations

from hark.inbox.files.rows import StoredFile
from hark.inbox.repository import ATTACHMENT_COLUMNS
from hark.inbox.rows import AttachmentRow
from hark.infra.db import Statement

INSERT_UPLOAD: Statement[None] = Statement(
    """
    INSERT INTO attachment (workspace_id, id, kind, name, mime_type, size, width, height, state, blob_key, thumbnail_key,
                            uploaded_by, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'stored', $9, $10, $11, $12)
    """
)
FIND_ATTACHMENT = Statement(
    f"SELECT {ATTACHMENT_COLUMNS} FROM attachment a WHERE a.workspace_id = $1 AND a.id = $2", AttachmentRow
)
FIND_FILE = Statement(
    """
    SELECT name, mime_type, blob_key, thumbnail_key FROM attachment
    WHERE workspace_id = $1 AND id = $2 AND state = 'stored'
    """,
    StoredFile,
)
