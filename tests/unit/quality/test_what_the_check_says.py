"""The sentence of the step that checks the data: what stands in it is what the person at the terminal learns."""

from tasks.model.plan import Finding, Severity
from tasks.quality.step import _summary_of


def warned(subject: str) -> Finding:
    return Finding(Severity.WARN, "jump", subject, "-50.2 % on 2022-11-10, close to a 2:1 split")


def test_warnings_are_told_with_their_words_and_not_as_a_number_alone() -> None:
    said = _summary_of([warned("DDD")], ["AAA", "DDD"], {}).sentence
    assert said == (
        "2 symbols checked: 1 warning, 0 frozen for bad data; DDD: -50.2 % on 2022-11-10, close to a 2:1 split"
    )


def test_of_many_warnings_the_first_are_told_and_where_the_others_stand() -> None:
    said = _summary_of([warned(name) for name in "ABCDE"], list("ABCDE"), {}).sentence
    assert [f"; {name}: " in said for name in "ABCDE"] == [True, True, True, False, False]
    assert said.endswith("; and 2 more in the data pages")


def test_without_a_warning_nothing_is_added() -> None:
    news = Finding(Severity.INFO, "jump", "EEE", "-45.7 %, real by its volume")
    assert _summary_of([news], ["EEE"], {}).sentence == "1 symbol checked: 0 warnings, 0 frozen for bad data"
