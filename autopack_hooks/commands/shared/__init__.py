"""What several commands share: options, reports, baselines."""
