"""The hands: one room per step of the chain."""
