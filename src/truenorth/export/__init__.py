"""An answer in other dresses: text, CSV, JSON, Markdown, Parquet, Excel, SVG and PNG, all with the same numbers."""
