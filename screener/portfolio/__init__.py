"""Holdings files as brokers write them: read, told apart, weighed."""
