"""What a route of the API is declared with: `@router.get("/banks", auth=requires(Permission.BANKS_READ))`."""

from firebreak.records.staff.bearer import Bearer, caller, requires

__all__ = ["Bearer", "caller", "requires"]
