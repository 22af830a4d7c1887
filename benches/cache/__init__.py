"""Benches of the cache: a value and a page, kept in memory and in Redis, beside other libraries."""
