"""Whether a brand's color can be read on: contrast as WCAG 2.2 counts it, and the nearest color that has enough."""

import colorsys
import re
from typing import Final

COLOR = re.compile(r"#[0-9a-f]{6}")
TEXT_RATIO = 7.0
CONTROL_RATIO = 3.0
WHITE, NIGHT = "#ffffff", "#0b0d0f"
"""Letters on a button in the light and in the dark theme."""
LIGHT_SURFACE, DARK_SURFACE = "#ececea", "#2a2f33"
"""The surfaces of each theme a button stands out from least."""
STEPS = 400
_FLAT = 0.04045


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colors, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def fits_light(color: str) -> bool:
    """Tell whether a button of this color can be read and seen in the light theme."""
    return contrast(color, WHITE) >= TEXT_RATIO and contrast(color, LIGHT_SURFACE) >= CONTROL_RATIO


def fits_dark(color: str) -> bool:
    """Tell the same for the dark theme."""
    return contrast(color, NIGHT) >= TEXT_RATIO and contrast(color, DARK_SURFACE) >= CONTROL_RATIO


def nearest_light(color: str) -> str:
    """Return the color itself, or the least darker one of the same hue that fits the light theme."""
    return next(one for one in _towards(color, 0.0) if fits_light(one))


def nearest_dark(color: str) -> str:
    """Return the color itself, or the least lighter one of the same hue that fits the dark theme."""
    return next(one for one in _towards(color, 1.0) if fits_dark(one))


def _towards(color: str, end: float) -> list[str]:
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(color))
    shades = [lightness + (end - lightness) * step / STEPS for step in range(1, STEPS + 1)]
    return [color, *(_written(colorsys.hls_to_rgb(hue, shade, saturation)) for shade in shades)]


def _luminance(color: str) -> float:
    red, green, blue = (one / 12.92 if one <= _FLAT else ((one + 0.055) / 1.055) ** 2.4 for one in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def _written(channels: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(one * 255):02x}" for one in channels)


DEFAULT: Final = "#0b5a75"
