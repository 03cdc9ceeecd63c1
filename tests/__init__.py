"""A regular package, for a library of audiocraft installs one of this name, which a folder would yield to."""
