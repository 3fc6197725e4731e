"""Tenants, members and what each may do; sign-in and keys."""
