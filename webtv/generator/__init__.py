"""From a theme to shots (writers), and from shots to takes (video backends)."""
