from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "firebreak.faces.console.shell"
    label = "console"
    default_auto_field = "django.db.models.BigAutoField"
