"""Every figure in a sentence says over how long it was counted."""

from math import inf

import pytest
from msgspec.structs import replace

from phonetui.phone.alerts import rules_calls
from phonetui.phone.diagnosis import CallEnd, describe, describe_loss
from phonetui.phone.measure import Grade, JudgedMetric, Metric, WorstWindow
from phonetui.phone.quality.grading import DEFAULT
from tests.phone.alerts.phones import judged, phone, talking
from tests.phone.quality.conversation import NOON, Conversation, Desk, Weather
from tests.phone.test_diagnosis import end


@pytest.mark.parametrize(
    ("metric", "value", "window_s", "words"),
    [
        (Metric.LOSS, 4.1, 8.04, "loss 4.1 % over 8 s"),
        (Metric.LOSS, 12.0, 0.6, "loss 12.0 % over 1 s"),
        (Metric.JITTER, 61.0, 0.0, "jitter 61 ms at the last reading"),
        (Metric.MOS, 3.2, inf, "MOS 3.2 since the call began"),
        (Metric.BURST, 240.0, inf, "bursts of loss 240 ms since the call began"),
    ],
)
def test_a_figure_is_told_with_its_window(metric: Metric, value: float, window_s: float, words: str) -> None:
    assert describe(JudgedMetric(metric, value, Grade.POOR, window_s=window_s)) == words


def test_the_worst_stands_beside_and_nothing_says_now() -> None:
    here: CallEnd = end(bad={Metric.LOSS: 1.2}, worst=WorstWindow(NOON, 10.0, 11.3, 11.0, None, None))
    loss = JudgedMetric(Metric.LOSS, 1.2, Grade.FAIR, window_s=8.0)
    assert describe_loss(here, loss) == "loss 1.2 % over 8 s, 11.3 % in the worst 10 s"


def test_windows_are_those_that_were_counted() -> None:
    desk, conversation = Desk(), Conversation()
    desk.follow(conversation, 20)
    conversation.weather = Weather(loss=0.02)
    windows = {one.metric: one.window_s for one in desk.follow(conversation, 20)[-1].judged}
    assert windows[Metric.LOSS] == 10.0
    assert (windows[Metric.JITTER], windows[Metric.DELAY]) == (0.0, 0.0)
    conversation.weather = Weather(loss=0.2)
    windows = {one.metric: one.window_s for one in desk.follow(conversation, 10)[-1].judged}
    assert (windows[Metric.LOSS], windows[Metric.ESTIMATE]) == (10.0, 10.0)


def test_an_alerts_words_keep_the_window_of_the_worst() -> None:
    def assessed(pasts: rules_calls.Pasts, value: float, window_s: float) -> tuple[str, rules_calls.Pasts]:
        measure = judged(Metric.LOSS, value, Grade.CRITICAL)
        measure = replace(measure, judged=tuple(replace(one, window_s=window_s) for one in measure.judged))
        known = phone(call=talking(), measures=(measure,))
        (trouble,), after = rules_calls.assess_calls(known, pasts, DEFAULT, lambda *_: ())
        return trouble.text, after

    first, pasts = assessed({}, 8.2, 2.0)
    second, _ = assessed(pasts, 6.0, 8.0)
    assert first == second
    assert first.startswith("loss up to 8.2 % over 2 s  L1")
