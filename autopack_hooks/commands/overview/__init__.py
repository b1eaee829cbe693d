"""What the page of ``report`` shows, gathered from the ledgers, the links, git and the targets."""
