"""From detector arrays to physics quantities."""
