"""The helpdesk, for programs: the same rules, checks, approvals and records as its pages."""
