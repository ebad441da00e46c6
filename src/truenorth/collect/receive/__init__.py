"""What SDKs and agents send, one dialect a room: request bytes -> what to keep and what to answer, and back to rows."""
