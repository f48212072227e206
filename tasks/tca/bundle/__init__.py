"""A session's record for those outside: report, review, the rows they rest on, and a program that checks them."""
