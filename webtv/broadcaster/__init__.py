"""Carries the rundown to air: one FFmpeg for each channel and target."""
