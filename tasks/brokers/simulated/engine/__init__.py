"""What the simulated broker does with orders: takes them, fills them, ends them."""
