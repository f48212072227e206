"""What a person or a program outside hears of the desk: a log of JSON lines, events of Prefect, notifications."""
