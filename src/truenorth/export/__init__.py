"""An answer in other dresses: text, CSV, JSON, Markdown, Parquet, SVG and PNG, all with the same numbers."""
