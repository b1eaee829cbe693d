"""Record, chain, approve and sign what commands wrote."""
