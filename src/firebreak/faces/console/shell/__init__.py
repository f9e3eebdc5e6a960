"""What every page shares: frame, permissions, security headers, language, forms, tags."""
