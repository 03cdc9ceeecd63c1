"""Takes become a clip: interpolated, cut, set to music, levelled, checked and conformed."""
