"""The Django project that puts records, desks and faces together."""
