"""Prunes deliveries too many for a screening to the few that can lie on a path, here or on a cluster."""
