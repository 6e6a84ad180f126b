"""The workshop: four departments around one study, on a projector and on phones, until they have agreed on rules."""
