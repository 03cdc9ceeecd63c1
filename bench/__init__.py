"""The figures of webtv: ``python -m bench`` measures them all, ``python -m bench list`` names them."""
