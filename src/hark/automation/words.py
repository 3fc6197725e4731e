"""Word lists that the ready rules begin with: a start, which every workspace makes its own."""

from __future__ import annotations

COARSE = (
    "asshole", "bastard", "bitch", "bullshit", "cunt", "dickhead", "fuck", "fucking", "motherfucker", "piss off", "shit",
    "slut", "twat", "wanker", "whore",
    "Arsch", "Arschloch", "Drecksau", "fick dich", "Fotze", "Hurensohn", "Missgeburt", "Scheiß", "Scheiße", "Schlampe",
    "Vollidiot", "Wichser",
)  # fmt: skip

SPAM = (
    "crypto", "bitcoin", "forex", "earn money", "work from home", "cheap followers", "promo code", "dm me to", "whatsapp me",
    "click the link", "investment", "giveaway winner",
    "geld verdienen", "schnell reich", "gewinnspiel gewonnen", "follower kaufen", "nebenverdienst", "schreib mir auf whatsapp",
)  # fmt: skip
