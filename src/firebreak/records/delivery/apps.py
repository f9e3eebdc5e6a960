from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "firebreak.records.delivery"
    label = "delivery"
    default_auto_field = "django.db.models.BigAutoField"
