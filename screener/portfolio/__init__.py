"""Holdings files as brokers write them: read, classified, weighed."""
