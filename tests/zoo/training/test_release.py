"""What stands in a card whatever the room; releases themselves are tested with every room, in test_rooms.py."""

from zoo.training import release


def test_weights_that_learnt_from_events_under_a_licence_say_so():
    assert release._licence({}) == "CC BY 4.0"
    assert release._licence({"licence": "none stated"}) == "CC BY 4.0; learnt from none stated"
