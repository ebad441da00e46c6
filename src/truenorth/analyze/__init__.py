"""Pure maths on series and tables: what changed, what is normal, what stands out. No SQL, no input or output."""
