"""Where next: spots on the photo, their colours, and that they go when they are out of date."""

import numpy as np

RED = (200, 60, 50)


def test_a_spot_is_looked_at_and_its_likely_colour_is_painted_with(desk):
    hand = desk()
    button = hand.page.locator("#advise")
    assert button.get_attribute("aria-pressed") == "false"
    hand.page.keyboard.press("n")
    hand.wait_for("s.advice.spots.length > 1")
    assert button.get_attribute("aria-pressed") == "true"
    spots = hand.state("advice.spots")
    marks = hand.page.locator(".spot")
    assert marks.count() == len(spots) == hand.page.locator("#spots li").count()
    box = marks.first.bounding_box()
    middle = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    assert np.abs(middle - hand.place(spots[0]["row"], spots[0]["column"])).max() < 1
    # By the keyboard: the number in the panel, then its likeliest colour.
    number = hand.page.locator("[data-spot='0'] .number")
    number.focus()
    hand.page.keyboard.press("Enter")
    hand.wait_for("s.advice.chosen === 0")
    view = hand.state("view")
    assert (view["row"], view["column"]) == (spots[0]["row"], spots[0]["column"])
    hand.page.keyboard.press("Tab")
    hand.page.keyboard.press("Enter")
    likely = spots[0]["colors"][0]["rgb"]
    hand.wait_for(f"s.color.join() === '{','.join(map(str, likely))}' && s.tool === 'brush'")
    other = spots[0]["colors"][1]["rgb"]
    hand.page.locator(".near .chip").nth(1).click()  # beside the spot, with the mouse
    hand.wait_for(f"s.color.join() === '{','.join(map(str, other))}'")
    # The chosen spot lets the brush through; what was advised before the stroke is gone.
    row, column = spots[0]["row"], spots[0]["column"]
    hand.paint([(row, column), (row + 6, column + 6)])
    hand.wait_for("s.document.strokes.length === 1")
    assert hand.state("document.strokes[0].color") == other
    hand.wait_for("s.advice.spots.length === 0")
    hand.wait_for("s.advice.spots.length > 0")
    assert hand.state("advice.spots") != spots
    button.click()
    hand.wait_for("s.advice.spots.length === 0 && !s.advice.on")
    assert marks.count() == 0
