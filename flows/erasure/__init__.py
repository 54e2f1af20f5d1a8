"""Care of personal data: erasing a person, purging what has been kept long enough."""
