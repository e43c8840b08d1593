"""Tables of any file as text cells, and a parser for each kind of value."""
