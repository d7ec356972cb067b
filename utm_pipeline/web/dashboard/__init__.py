"""The page: one widget for each question, rendered on the server from one edition."""
