"""Working the orders through the day, wave by wave."""
