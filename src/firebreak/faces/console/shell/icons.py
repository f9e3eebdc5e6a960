"""Icons, drawn on 20 x 20 with one line. Words always stand beside them, so they are hidden from screen readers."""

from __future__ import annotations

from typing import Final

ICONS: Final = {
    "home": "M10 3a7 7 0 1 0 0 14a7 7 0 1 0 0-14M10 6v4l3 2",
    "scans": "M3 11v5h14v-5M10 3v9M6.5 8.5L10 12l3.5-3.5",
    "check": "M8.5 3a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M12.5 12.5L17 17M6 8.5l2 2 3.5-3.5",
    "banks": "M3 5h14v3H3zM3 12h14v3H3zM6 8v4M14 8v4",
    "deliveries": "M17 3L3 9l5.5 2.5L11 17zM17 3l-8.500 8.500",
    "ledger": "M5 3h10v14H5zM8 7h4M8 10h4M8 13h2",
    "tokens": "M6.500 6.500a3.500 3.500 0 1 0 0 7a3.500 3.500 0 1 0 0-7M10 10h7v3M14 10v2",
    "people": "M10 4a3 3 0 1 0 0 6a3 3 0 1 0 0-6M4 17c0-4 3-5 6-5s6 1 6 5",
    "settings": "M3 6h8M15 6h2M3 14h2M9 14h8M11 4v4M5 12v4",
    "search": "M9 4a5 5 0 1 0 0 10a5 5 0 1 0 0-10M13 13l4 4",
    "close": "M5 5l10 10M15 5L5 15",
    "copy": "M7 7h9v9H7zM4 13V4h9",
    "back": "M12 4l-6 6 6 6",
    "more": "M8 4l6 6-6 6",
    "sun": "M10 6a4 4 0 1 0 0 8a4 4 0 1 0 0-8M10 1v2M10 17v2M1 10h2M17 10h2",
    "moon": "M15 12A6.500 6.500 0 0 1 8 4a6.500 6.500 0 1 0 7 8z",
}
# Shapes of states: each has its own, so that colour is never alone.
SHAPES: Final = {
    "block": "M6 2h8l4 4v8l-4 4H6l-4-4V6z",
    "hold": "M4 3h4v14H4zM12 3h4v14h-4z",
    "review": "M10 2l8 8-8 8-8-8z",
    "allow": "M10 3a7 7 0 1 0 0 14a7 7 0 1 0 0-14",
    "good": "M3 11l4.500 4.500L17 5l-1.500-1.500-8 9-3-3z",
    "bad": "M10 2l9 16H1z",
    "wait": "M5 2h10v3l-4 5 4 5v3H5v-3l4-5-4-5z",
    "off": "M3 9h14v2H3z",
}
