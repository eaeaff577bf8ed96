"""What tokens of known services, and private keys, look like: patterns for `redact`."""

from __future__ import annotations

import re

PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)(?:(?!-----).)*+(-----END|\Z)?+", re.DOTALL
)

TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}"  # GitHub
    r"|gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[\w-]{16,}"  # GitLab
    r"|npm_[A-Za-z0-9]{30,}"
    r"|pypi-(?:AgE[\w-]{10,}|[\w-]{40,})"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"  # AWS
    r"|xox[abcdeoprs]-[\w-]{10,}|xapp-[\w-]{10,}"  # Slack
    r"|(?<=hooks\.slack\.com/services/)[\w/]{10,}"
    r"|(?<=webhook\.office\.com/webhookb2/)[\w@/-]{10,}"
    r"|dckr_pat_[\w-]{16,}"
    r"|hf_[A-Za-z0-9]{30,}"
    r"|sk-(?=[\w-]{0,40}[A-Z])(?=[\w-]{0,40}\d)[\w-]{20,}"
    r"|[sr]k_(?:live|test)_\w{10,}"
    r"|AIza[\w-]{35}|ya29\.[\w-]{20,}"  # Google
    r"|SG\.[\w-]{16,}\.[\w-]{16,}"  # SendGrid
    r"|do[opr]_v1_[0-9a-f]{40,}"  # DigitalOcean
    r"|shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}"  # Shopify
    r"|hv[sbr]\.[\w-]{20,}"  # Vault
    r"|gl(?:sa|c)_[\w=]{20,}"  # Grafana
    r"|rubygems_[0-9a-f]{40,}"
    r"|sk-(?:ant|proj|svcacct|or)-[\w-]{16,}"  # Anthropic, OpenAI, OpenRouter
    r"|AT[AC]TT3x[\w=-]{20,}|ATBB[A-Za-z0-9]{24,}"  # Atlassian
    r"|lin_api_[A-Za-z0-9]{30,}|figd_[\w-]{30,}|nfp_[A-Za-z0-9]{30,}"  # Linear, Figma, Netlify
    r"|sbp_[0-9a-f]{40}|pscale_(?:tkn|pw|oauth)_[\w.-]{20,}"  # Supabase, PlanetScale
    r"|dapi[0-9a-f]{32}(?![A-Za-z0-9])"  # Databricks
    r"|tskey-[a-z]{2,12}-[\w-]{10,}"  # Tailscale
    r"|sq0(?:atp|csp)-[\w-]{20,}|whsec_[\w+/=]{20,}"  # Square, Stripe
    r"|PMAK-[0-9a-f]{20,}-[0-9a-f]{20,}|NRAK-[A-Z0-9]{20,}"  # Postman, New Relic
    r"|pat-(?:na|eu|ap)\d-[0-9a-f]{8}-[0-9a-f-]{20,}"  # HubSpot
    r"|AGE-SECRET-KEY-1[A-Z0-9]{40,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # a JSON web token
    r")"
)
