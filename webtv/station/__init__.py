"""The station: its channels, each with a life of its own, and what they share."""
