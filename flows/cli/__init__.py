"""The commands as they are typed: declarations only, so that help stays fast."""
