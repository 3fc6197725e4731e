"""Publications under which comments and mentions stand: kept as events tell them, completed by asking the platform."""

from hark.inbox.posts.keep import find_post, keep_posts

__all__ = ["find_post", "keep_posts"]
