"""The chat on a tenant's own website: a channel whose other end is a page of ours in a frame of theirs."""
