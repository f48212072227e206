"""Prints what was measured: one line a figure, with what it shall be."""


def line(what: str, figure: str, aim: str = "") -> None:
    print(f"| {what:<92} | {figure:>16} | {aim:<16} |")


def title(words: str) -> None:
    print(f"\n| {words:<92} | {'figure':>16} | {'aim':<16} |\n|{'-' * 94}|{'-' * 18}|{'-' * 18}|")
