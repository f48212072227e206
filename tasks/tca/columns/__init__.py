"""The measures of many orders at once: the same figures as of one order, to the last digit; pure."""
