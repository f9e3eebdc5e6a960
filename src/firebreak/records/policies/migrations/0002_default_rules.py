from django.db import migrations

# A manifesto is quoted in news so often that it is never blocked by itself. `context` has no rule: it stops nothing.
_STRONG = (("block", 0.99), ("hold", 0.9), ("review", 0.5))
_CAREFUL = (("hold", 0.9), ("review", 0.5))
_TABLE = {
    "": _STRONG,
    "attack-footage": _STRONG,
    "propaganda": _STRONG,
    "recruitment": _STRONG,
    "instructions": _STRONG,
    "manifesto": _CAREFUL,
}


def add(apps, _):
    rule = apps.get_model("policies", "VerdictRule")
    rule.objects.bulk_create(
        [
            rule(label=label, verdict=verdict, min_confidence=at, changed_by="system:firebreak")
            for label, rows in _TABLE.items()
            for verdict, at in rows
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("policies", "0001_verdict_rules")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
