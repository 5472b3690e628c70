"""The helpdesk: operators, whom they may touch, and how they free the right person."""
