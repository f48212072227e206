"""Published models of what an order costs, one family a file: floats in, basis points of the price out, costs positive.

They disagree by a factor of two to eight, so none of them is the truth. Volatility is the standard deviation of daily
returns as a fraction unless a name says otherwise; sizes are fractions of average daily volume.
"""
