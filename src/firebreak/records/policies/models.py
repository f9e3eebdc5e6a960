"""The table of rules."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from firebreak.records.common.clock import now
from firebreak.records.policies.labels import LABELS

VERDICTS = [("block", _("block")), ("hold", _("hold")), ("review", _("review"))]


class VerdictRule(models.Model):
    """From a confidence on, a finding in a bank with a label leads to a verdict. Without a label: any bank."""

    label = models.CharField(
        _("class of content"),
        max_length=40,
        blank=True,
        choices=[(label.name, label.title) for label in LABELS.values()],
    )
    verdict = models.CharField(_("verdict"), max_length=6, choices=VERDICTS)
    min_confidence = models.FloatField(
        _("from a confidence of"), validators=[MinValueValidator(0.0), MaxValueValidator(1.0)]
    )
    changed_by = models.CharField(max_length=100, blank=True)
    changed_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ("label", "-min_confidence")
        constraints = [models.UniqueConstraint(fields=["label", "verdict"], name="policies_rule_once")]

    def __str__(self) -> str:
        return f"{self.label or 'any'}: {self.verdict} from {self.min_confidence:g}"
