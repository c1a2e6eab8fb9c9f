"""Numbers that call for help somewhere: a test call goes to none of them, whatever a plan says.

National emergency numbers have two to five digits (ITU-T E.161.1 recommends 112 and 911; the others are those in public
use). Which digits get an outside line differs by exchange, so each number counts with the usual ones
before it, too (inferred). An extension that looks like one of them is refused: a wrong refusal costs a line in a plan.
"""

from phonetui.phone.parse import digits

NATIONAL = frozenset({
    "000", "08", "100", "101", "102", "103", "104", "105", "106", "107", "108", "110", "111", "112", "113",
    "114", "115", "116", "117", "118", "119", "120", "122", "123", "125", "126", "127", "128", "129", "130",
    "131", "132", "133", "140", "143", "144", "145", "150", "155", "158", "160", "161", "166", "190", "191",
    "192", "193", "194", "195", "197", "198", "199", "211", "333", "811", "888", "901", "902", "903", "911",
    "912", "913", "917", "922", "933", "977", "988", "991", "992", "993", "994", "995", "997", "998", "999",
    "1122", "1554", "1669", "15", "16", "17", "18", "19", "10111", "10177", "116000", "116117", "116123",
})  # fmt: skip
"""Police, fire brigade, ambulance and their like, and the lines beside them that wake somebody."""
OUTSIDE_LINE = ("", "0", "00", "8", "9", "99")
"""Digits that get an outside line."""
_WORDS = ("sos", "emergency", "police", "fire", "ambulance")
"""Users of SIP addresses and service names (RFC 5031)."""


def is_emergency(number: str) -> bool:
    """Whether a number or SIP address may call for help, as typed or as dialled."""
    user = number.strip().casefold().removeprefix("sips:").removeprefix("sip:").partition("@")[0]
    if any(word in user for word in _WORDS):
        return True
    dialled = "".join(letter for letter in digits(number) if letter.isdecimal())
    return any(
        dialled.removeprefix(prefix) in NATIONAL for prefix in OUTSIDE_LINE if dialled.startswith(prefix)
    )  # fmt: skip
