"""The colors of the admin theme: the product's own, as the theme wants them (steps of a ramp)."""

COLORS: dict[str, dict[str, str]] = {
    "base": {
        "50": "#f8f8f6", "100": "#f3f3f0", "200": "#e5e5e0", "300": "#d6d6d0", "400": "#9a9da1", "500": "#5b5f64",
        "600": "#44484d", "700": "#383c41", "800": "#23272b", "900": "#141719", "950": "#0b0d0f",
    },
    "primary": {
        "50": "#e7f1f5", "100": "#d5e7ee", "200": "#a9cbd8", "300": "#8fc4d8", "400": "#7cc0d8", "500": "#8acce4",
        "600": "#0c4a63", "700": "#0b475f", "800": "#07384c", "900": "#052a39", "950": "#031c27",
    },
    "font": {
        "subtle-light": "#44484d", "subtle-dark": "#b4b9be", "default-light": "#383c41", "default-dark": "#d0d4d8",
        "important-light": "#16181b", "important-dark": "#f1f3f4",
    },
}  # fmt: skip
"""Text passes 7:1 on the surfaces it stands on, in light and dark."""
