"""Tables of any file as text cells, and one parser each for what cells say."""
