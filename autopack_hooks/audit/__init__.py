"""Record what commands wrote, and approve and sign what they may write."""
