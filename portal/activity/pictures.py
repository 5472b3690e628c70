"""Which picture stands beside a browser or a device, by what it calls itself."""

HANDHELD = ("iphone", "ipad", "android", "mobile", "phone", "tablet")
COMPUTER = ("windows", "mac", "linux", "chromeos", "x11")


def of_device(name: str) -> str:
    """An icon's name: a phone, a computer, or a globe where the name tells neither.

    Android calls itself Linux as well, so a phone is looked for first.
    """
    said = name.casefold()
    if any(word in said for word in HANDHELD):
        return "app"
    return "device" if any(word in said for word in COMPUTER) else "globe"
