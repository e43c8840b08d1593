"""Who is who: names and identifiers in every script, resolved to entities of the store."""
