"""The doors: command line, OGC API, pages."""
