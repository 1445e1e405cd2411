"""Dates and times in English as it is written in the United States; Django reads this (`FORMAT_MODULE_PATH`)."""

TIME_FORMAT = "g:i A"
DATE_FORMAT = "M j, Y"
DATETIME_FORMAT = "M j, Y, g:i A"
SHORT_DATE_FORMAT = "M j, Y"
SHORT_DATETIME_FORMAT = "M j, g:i A"
MONTH_DAY_FORMAT = "M j"
