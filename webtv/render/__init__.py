"""Render orders: what to make next, who makes it, and the chain from order to finished clip."""
