"""Text from data made safe for where it lands."""

from __future__ import annotations

import unicodedata

# Characters that move the cursor, reorder or hide text: control (Cc), format (Cf: bidi overrides, zero-width), surrogates.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def plain(text: str) -> str:
    """One line of printable text: terminal control, bidi and zero-width characters become U+FFFD, line breaks a blank."""
    if text.isprintable():
        return text
    folded = " ".join(text.split()) if any(c in text for c in "\r\n\t\v\f\x85\u2028\u2029") else text
    return "".join("\ufffd" if unicodedata.category(c) in _UNSAFE else c for c in folded)
