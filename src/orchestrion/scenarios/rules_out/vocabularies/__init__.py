"""The systems that rules can be handed to, a file each."""
