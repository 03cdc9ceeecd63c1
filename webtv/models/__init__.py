"""Weights of models: which there are, where they lie, and the device that they run on."""
