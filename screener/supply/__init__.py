"""Deliveries too many for a screening: the few that can lie on a path are written out, here or on a cluster."""
