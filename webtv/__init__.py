"""webtv: an AI television station. A theme goes in, an endless channel goes on air."""

__version__ = "0.1.0"
