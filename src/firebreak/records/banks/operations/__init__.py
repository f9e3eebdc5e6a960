"""The verbs of the banks: everything that changes what is known."""

from firebreak.records.banks.operations.banks import change_bank, create_bank, disable_bank, enable_bank
from firebreak.records.banks.operations.imports import (
    end_import,
    fail_import,
    import_from,
    import_rows,
    start_import,
)
from firebreak.records.banks.operations.references import (
    Added,
    add_draft,
    add_reference_from_file,
    add_reference_from_signals,
    doubts,
    remove_reference,
    restore_reference,
)

__all__ = [
    "Added",
    "add_draft",
    "add_reference_from_file",
    "add_reference_from_signals",
    "change_bank",
    "create_bank",
    "disable_bank",
    "doubts",
    "enable_bank",
    "end_import",
    "fail_import",
    "import_from",
    "import_rows",
    "remove_reference",
    "restore_reference",
    "start_import",
]
