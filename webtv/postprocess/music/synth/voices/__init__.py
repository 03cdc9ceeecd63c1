"""How it sounds: one tone or hit at a time, as samples. Nothing here knows of bars or chords."""
