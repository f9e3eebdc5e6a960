"""The database itself refuses to rewrite entries: they are sequenced once, and only ever lose what may be erased."""

from django.db import migrations

GUARD = """
CREATE FUNCTION ledger_guard_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'ledger entries are never deleted';
    END IF;
    IF (NEW.id, NEW.uuid, NEW.time, NEW.actor_hash, NEW.action, NEW.subject, NEW.payload_hash)
            IS DISTINCT FROM
            (OLD.id, OLD.uuid, OLD.time, OLD.actor_hash, OLD.action, OLD.subject, OLD.payload_hash)
        OR (OLD.seq IS NOT NULL AND (NEW.seq IS DISTINCT FROM OLD.seq OR NEW.leaf_hash IS DISTINCT FROM OLD.leaf_hash))
        OR (NEW.payload IS NOT NULL AND (NEW.payload, NEW.salt) IS DISTINCT FROM (OLD.payload, OLD.salt))
        OR (NEW.actor <> '' AND (NEW.actor, NEW.actor_salt) IS DISTINCT FROM (OLD.actor, OLD.actor_salt))
    THEN
        RAISE EXCEPTION 'ledger entries are never changed';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_guard BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_guard_entry();
"""

UNGUARD = """
DROP TRIGGER ledger_guard ON ledger_entry;
DROP FUNCTION ledger_guard_entry();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_ledger")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
