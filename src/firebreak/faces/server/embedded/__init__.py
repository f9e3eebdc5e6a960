"""PostgreSQL from a wheel, kept in the data folder: reached through a unix socket only, started by the supervisor."""
