"""How fast is each engine? One question a file: what runs (runners), how long (measure), against what (roof), told how
(report)."""
