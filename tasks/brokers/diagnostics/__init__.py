"""`doctor` and `validate`: what is found of a broker before it is trusted with orders."""
