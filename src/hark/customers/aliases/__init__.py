"""One person under several ids of a platform: which of them is the identity's."""

from hark.customers.aliases.settle import Names, settle

__all__ = ["Names", "settle"]
