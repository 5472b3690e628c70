"""What happens around an account: its sessions, its trusted devices, and what was done."""
