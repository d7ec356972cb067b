"""How answers look: text, Markdown, CSV; labels and number formats in both languages."""
