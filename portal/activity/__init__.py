"""What happens around an account: its sessions, and what was done."""
