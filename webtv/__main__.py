"""``python -m webtv``: the same as the command ``webtv``."""

from webtv.cli import main

main()
