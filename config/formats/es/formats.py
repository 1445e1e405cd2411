"""Dates and times in Spanish; Django reads this (`FORMAT_MODULE_PATH`)."""

TIME_FORMAT = "H:i"
DATE_FORMAT = r"j \d\e F \d\e Y"
DATETIME_FORMAT = r"j \d\e F \d\e Y, H:i"
SHORT_DATE_FORMAT = "j b Y"
SHORT_DATETIME_FORMAT = "j b, H:i"
MONTH_DAY_FORMAT = "j b"
