"""Raw data in, a trained deep net out, within a time you name, with the evidence beside it."""
