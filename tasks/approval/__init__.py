"""Who said yes to which plan, and until when."""
