"""The table behind Django's cache, which counts sign-in attempts for all processes and machines together."""

from django.db import migrations

CREATE = """
CREATE UNLOGGED TABLE console_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX console_cache_expires ON console_cache (expires);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(CREATE, "DROP TABLE console_cache")]
