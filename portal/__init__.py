"""What a person sees and may change: one room per task."""
