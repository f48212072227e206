"""What the `steelyard` command understands: names, options and help; the work is in `flows.commands`."""
