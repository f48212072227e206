"""A small process beside every run that sends orders: it sees Cancel when the run, its worker or its hook do not."""
