"""How answers look: text, Markdown, CSV, charts; labels and number formats in both languages."""
