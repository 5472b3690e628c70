"""The design system as a living page, and every page in every state. Of a demo alone."""
