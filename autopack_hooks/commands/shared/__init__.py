"""What several commands share: baselines, printed findings, deep scans, and the targets of a sync."""
