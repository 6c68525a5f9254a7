"""Reading sources: what was read before, and changes that wait for a confirmation.

Revision ID: 0009
"""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create nothing yet."""
