"""One way in for tables: any file that a person or a source hands over, as text cells; one parser each for what cells say."""
