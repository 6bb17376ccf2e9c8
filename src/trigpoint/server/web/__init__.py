"""What the web apps share: sessions, CSRF, guards, security headers, error pages, templates, static files."""
