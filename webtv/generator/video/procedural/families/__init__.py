"""One file per family of pictures; ``words.FAMILIES`` says where each is."""
